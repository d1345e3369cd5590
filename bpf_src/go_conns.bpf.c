/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * go_conns.bpf.c - whose header lists these are: from objects of Go's HTTP/2 and
 * gRPC to the struct sock.
 */

#define NOT_TCP 1

/*
 * The *netFD behind the data of a net.Conn: of a *net.TCPConn it is the first
 * member; TLS and gRPC's wrappers have the net.Conn that they wrap as their
 * first.  The network's name at 80 is the proof that it is one.  No branches:
 * see http1_follow.bpf.c.
 */
INLINE u64 net_fd_of(u64 data)
{
	u64 found = 0, net_fd, text, tcp, local;

#pragma unroll
	for (int i = 0; i < 3; i++) {
		net_fd = word_of(data);
		text = word_of(word_of(net_fd + 80)) & 0xffffffff;
		tcp = is_zero((text & 0xffffff) ^ ('t' | 'c' << 8 | 'p' << 16));
		local = is_zero(text ^ ('u' | 'n' << 8 | 'i' << 16 | 'x' << 24));
		found = pick(is_zero(found), pick(tcp, net_fd, pick(local, NOT_TCP, 0)), found);
		data = word_of(data + 8);
	}
	return found;
}

/* The same, which looks no further than it must. */
INLINE u64 known_net_fd(u64 data)
{
	u64 net_fd, text;

#pragma unroll
	for (int i = 0; i < 3; i++) {
		net_fd = word_of(data);
		text = word_of(word_of(net_fd + 80)) & 0xffffff;
		if (text == ('t' | 'c' << 8 | 'p' << 16))
			return net_fd;
		data = word_of(data + 8);
	}
	return 0;
}

/* Which words of the hook's object have been the net.Conn's data, a byte each. */
INLINE u64 known_words(u32 kind)
{
	if (kind == HEADERS_GRPC_WRITE)
		return 7 | 6 << 8; /* gRPC 1.64, 1.33 */
	if (kind == HEADERS_GRPC_CLIENT)
		return 17 | 10 << 8;
	if (kind == HEADERS_GRPC_SERVER)
		return 3 | 5 << 8;
	if (kind == HEADERS_HTTP_SERVER || kind == HEADERS_BEGIN_SERVER)
		return 3 | 4 << 8; /* Go 1.19, 1.27 */
	return 2 | 3 << 8;
}

/* Where those are not, all others are tried, one with each call. */
INLINE u64 find_net_fd(u64 object, u32 kind, struct headers_hook *hook)
{
	u64 net_fd, words = known_words(kind), at;

	if (hook->conn_at)
		return known_net_fd(word_of(object + hook->conn_at));
	words |= (u64)(hook->tried & 31) << 16;
	hook->tried++;
#pragma unroll
	for (int i = 0; i < 3; i++) {
		at = (words >> 8 * i & 0xff) * 8;
		net_fd = net_fd_of(word_of(object + at));
		if (net_fd) {
			hook->conn_at = at;
			return net_fd;
		}
	}
	return 0;
}

INLINE u64 headers_sock(u64 object, u32 kind, struct headers_hook *hook)
{
	u64 net_fd = find_net_fd(object, kind, hook);

	return net_fd > NOT_TCP ? sock_of_fd(word_of(net_fd + 16)) : 0;
}
