/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * bcc_lint.h - lets clang and editors parse the pieces without libbcc.
 *
 * Never embedded.  libbcc's rewriter gives maps their methods; here they are
 * function pointers of the right types.  That libbcc itself takes the text is
 * for tests/bpf to show.
 */
#ifndef L7SCOPE_BCC_LINT_H
#define L7SCOPE_BCC_LINT_H

#include <linux/types.h>
#include <stddef.h>

typedef __u8 u8;
typedef __s8 s8;
typedef __u16 u16;
typedef __s16 s16;
typedef __u32 u32;
typedef __s32 s32;
typedef __u64 u64;
typedef __s64 s64;

#define BPF_F_TABLE(kind, key_type, value_type, name, size, flags)                                           \
	static struct {                                                                                      \
		value_type *(*lookup)(key_type *);                                                           \
		long (*update)(key_type *, value_type *);                                                    \
		long (*insert)(key_type *, value_type *);                                                    \
		long (*delete)(key_type *);                                                                  \
	} name
#define BPF_TABLE(kind, key_type, value_type, name, size)                                                    \
	BPF_F_TABLE(kind, key_type, value_type, name, size, 0)
#define BPF_PERCPU_ARRAY(name, value_type, size) BPF_F_TABLE("percpu_array", u32, value_type, name, size, 0)
#define BPF_ARRAY(name, value_type, size)	 BPF_F_TABLE("array", u32, value_type, name, size, 0)
#define BPF_PROG_ARRAY(name, size)                                                                           \
	static struct {                                                                                      \
		void (*call)(void *ctx, u32 index);                                                          \
	} name
#define BPF_RINGBUF_OUTPUT(name, pages)                                                                      \
	static struct {                                                                                      \
		long (*ringbuf_output)(void *data, u64 size, u64 flags);                                     \
	} name
#define BPF_PERF_OUTPUT(name)                                                                                \
	static struct {                                                                                      \
		long (*perf_submit)(void *ctx, void *data, u32 size);                                        \
	} name

#define BPF_F_NO_PREALLOC 1
#define BPF_RB_NO_WAKEUP  1

struct bpf_raw_tracepoint_args {
	u64 args[0];
};

u64 bpf_get_current_pid_tgid(void);
u64 bpf_get_current_uid_gid(void);
u64 bpf_get_current_cgroup_id(void);
u64 bpf_get_current_task(void);
void *bpf_get_current_task_btf(void);
u64 bpf_task_pt_regs(void *task);
u64 bpf_ktime_get_ns(void);
u32 bpf_get_smp_processor_id(void);
long bpf_get_current_comm(void *buf, u32 size);
long bpf_probe_read_kernel(void *dst, u32 size, const void *src);
long bpf_probe_read_user(void *dst, u32 size, const void *src);
u16 bpf_ntohs(u16 v);
u32 bpf_htonl(u32 v);

#endif
