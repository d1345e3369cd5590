/* SPDX-License-Identifier: Apache-2.0 */
/* --by: its list of names, and what an exchange has for each. */
#include "harness.h"

#include "app/latency_by.h"
#include "app/latency_groups.h"
#include "sample_exchange.h"

/* ---- the list ---- */

static bool parses(struct latency_by_list *l, const char *list)
{
	char err[256] = "";
	bool good = latency_by_parse(l, list, err, sizeof(err));

	if (!good)
		ck_assert_msg(strncmp(err, "--by: ", 6) == 0, "'%s': '%s'", list, err);
	return good;
}

START_TEST(all_names)
{
	struct latency_by_list l = {.n = 0};

	for (int key = 0; key < BY_KEYS; key++) {
		ck_assert(!latency_by_has(&l, key));
		ck_assert(parses(&l, latency_by_name(key)));
		ck_assert(latency_by_has(&l, key));
		ck_assert_uint_eq(l.n, (size_t)key + 1);
		ck_assert_int_eq(l.keys[key], key);
	}
}
END_TEST

START_TEST(names_keep_their_order)
{
	struct latency_by_list l = {.n = 0};

	ck_assert(parses(&l, "path,pid"));
	ck_assert(parses(&l, "status"));
	ck_assert_uint_eq(l.n, 3);
	ck_assert_int_eq(l.keys[0], BY_PATH);
	ck_assert_int_eq(l.keys[1], BY_PID);
	ck_assert_int_eq(l.keys[2], BY_STATUS);
	ck_assert(!latency_by_has(&l, BY_COMM));
}
END_TEST

START_TEST(bad_lists)
{
	static const char *const lists[] = {
		"",   ",",	 "pid,",	   ",pid", "pid,,comm", "PID",	   "pids",	 "pid comm",
		"pi", "pid,pid", "host,path,host", " pid", "uid",	"latency", "pid,method,"};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct latency_by_list l = {.n = 0};

		ck_assert_msg(!parses(&l, lists[i]), "'%s'", lists[i]);
		ck_assert_uint_eq(l.n, 0);
	}
}
END_TEST

START_TEST(a_name_twice_over_two_lists)
{
	struct latency_by_list l = {.n = 0};
	char err[256];

	ck_assert(parses(&l, "pid,path"));
	ck_assert(!latency_by_parse(&l, "comm,path", err, sizeof(err)));
	ck_assert_str_eq(err, "--by: 'path' is named twice");
	ck_assert_uint_eq(l.n, 2);
	ck_assert(!latency_by_parse(&l, "route", err, sizeof(err)));
	ck_assert_ptr_nonnull(strstr(err, "'route' is none of pid, "));
	for (int key = 0; key < BY_KEYS; key++)
		ck_assert_ptr_nonnull(strstr(err, latency_by_name(key)));
}
END_TEST

/* ---- the values ---- */

static struct latency_by_text text;

static struct bytes value(enum latency_by key, const struct exchange *x)
{
	struct latency_by_list l = {.keys = {key}, .n = 1};
	struct bytes v;

	latency_by_values(&l, x, false, &text, &v);
	return v;
}

#define ck_assert_value(key, x, expected)                                                                    \
	do {                                                                                                 \
		struct bytes found = value(key, x);                                                          \
		ck_assert_msg(found.p &&bytes_equal(found, bytes_of_str(expected)), "'%.*s', not '%s'",      \
			      (int)found.n, (const char *)found.p, expected);                                \
	} while (0)
#define ck_assert_unknown(key, x) ck_assert_ptr_null(value(key, x).p)

START_TEST(values_of_a_whole_exchange)
{
	static const char *const expected[BY_KEYS] = {"181",	      "nginx",	   "server",	  "10.0.0.2",
						      "example.com",  "GET",	   "/index.html", "200",
						      "0123456789ab", "shop/web-1"};
	struct exchange x = sample_exchange();
	struct latency_by_list l = {.n = 0};
	struct bytes values[BY_KEYS];

	x.container = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	x.namespace_ = "shop";
	x.pod = "web-1";
	ck_assert(parses(&l, "pid,comm,role,peer,host,method,path,status,container,pod"));
	latency_by_values(&l, &x, false, &text, values);
	for (size_t i = 0; i < BY_KEYS; i++)
		ck_assert_msg(bytes_equal(values[i], bytes_of_str(expected[i])), "%s: '%.*s'",
			      latency_by_name(i), (int)values[i].n, (const char *)values[i].p);
}
END_TEST

START_TEST(values_of_an_unknown_one)
{
	struct exchange x = {.no_status = NO_STATUS_UNSEEN};

	for (int key = 0; key < BY_KEYS; key++)
		if (key != BY_PID && key != BY_ROLE)
			ck_assert_unknown(key, &x);
}
END_TEST

START_TEST(values_stand_side_by_side)
{
	struct exchange x = sample_exchange();
	struct latency_by_list l = {.n = 0};
	struct bytes values[3];

	x.remote = sample_endpoint("2001:db8::1", 1);
	ck_assert(parses(&l, "status,pid,peer"));
	latency_by_values(&l, &x, false, &text, values);
	ck_assert(bytes_equal(values[0], bytes_of_str("200")));
	ck_assert(bytes_equal(values[1], bytes_of_str("181")));
	ck_assert(bytes_equal(values[2], bytes_of_str("2001:db8::1")));
}
END_TEST

START_TEST(roles_and_numbers)
{
	struct exchange x = sample_exchange();

	x.role = ROLE_CLIENT;
	ck_assert_value(BY_ROLE, &x, "client");
	x.pid = UINT32_MAX;
	ck_assert_value(BY_PID, &x, "4294967295");
	x.status = 999;
	ck_assert_value(BY_STATUS, &x, "999");
}
END_TEST

/* ---- hosts ---- */

static const struct {
	const char *host, *value;
} hosts[] = {
	{"example.com", "example.com"},
	{"EXAMPLE.Com", "example.com"},
	{"example.com:8080", "example.com"},
	{"example.com:", "example.com"},
	{"Example.com:http", "example.com:http"},
	{"10.0.0.1:80", "10.0.0.1"},
	{"[::1]", "[::1]"},
	{"[::1]:80", "[::1]"},
	{"[2001:DB8::1]:65535", "[2001:db8::1]"},
	{"2001:db8::1", "2001:db8::1"},
	{"::1", "::1"},
	{"::", "::"},
	{"u:p@example.com:80", "example.com"},
	{"u:1@example.com", "example.com"},
	{"user@", ""},
	{":80", ""},
	{":", ""},
	{"B\xc3\x9c"
	 "cher.example",
	 "b\xc3\x9c"
	 "cher.example"},
};

START_TEST(hosts_without_port)
{
	struct exchange x = sample_exchange();
	struct guarded host = guard_copy_str(hosts[_i].host);

	x.host = host.bytes;
	ck_assert_value(BY_HOST, &x, hosts[_i].value);
	guard_free(&host);
}
END_TEST

START_TEST(a_long_host_is_cut)
{
	struct exchange x = sample_exchange();
	char host[5000];

	memset(host, 'H', sizeof(host));
	x.host = bytes_of(host, sizeof(host));
	ck_assert_uint_ge(value(BY_HOST, &x).n, LATENCY_VALUE_MAX);
	ck_assert_uint_le(value(BY_HOST, &x).n, sizeof(text.text[0]));
	ck_assert_int_eq(value(BY_HOST, &x).p[0], 'h');
	memcpy(host + sizeof(host) - 3, ":80", 3);
	ck_assert_uint_ge(value(BY_HOST, &x).n, LATENCY_VALUE_MAX);
}
END_TEST

/* ---- paths ---- */

START_TEST(paths_without_query)
{
	struct exchange x = sample_exchange();

	x.path = bytes_of_str("/users/7?token=1");
	ck_assert_value(BY_PATH, &x, "/users/7");
	x.path = bytes_of_str("/users/7#top");
	ck_assert_value(BY_PATH, &x, "/users/7");
	x.path = bytes_of_str("?q");
	ck_assert_value(BY_PATH, &x, "");
	x.path = bytes_of_str("*");
	ck_assert_value(BY_PATH, &x, "*");
	x.path = x.target = bytes_of(NULL, 0);
	ck_assert_unknown(BY_PATH, &x);
}
END_TEST

START_TEST(paths_are_folded_when_asked)
{
	struct exchange x = sample_exchange();
	struct latency_by_list l = {.keys = {BY_METHOD, BY_PATH}, .n = 2};
	struct bytes values[2];

	x.path = bytes_of_str("/users/7/orders/0123456789abcdef?all=1");
	latency_by_values(&l, &x, true, &text, values);
	ck_assert(bytes_equal(values[0], bytes_of_str("GET")));
	ck_assert(bytes_equal(values[1], bytes_of_str("/users/*/orders/*")));
	latency_by_values(&l, &x, false, &text, values);
	ck_assert(bytes_equal(values[1], bytes_of_str("/users/7/orders/0123456789abcdef")));
	ck_assert(values[1].p == x.path.p);
}
END_TEST

START_TEST(a_long_path_is_cut_when_folded)
{
	struct exchange x = sample_exchange();
	struct latency_by_list l = {.keys = {BY_PATH}, .n = 1};
	struct bytes v;
	char path[3000];

	for (size_t i = 0; i < sizeof(path); i++)
		path[i] = "/ab"[i % 3];
	x.path = bytes_of(path, sizeof(path));
	latency_by_values(&l, &x, true, &text, &v);
	ck_assert_uint_eq(v.n, sizeof(text.text[0]));
	ck_assert_mem_eq(v.p, path, v.n);
	latency_by_values(&l, &x, false, &text, &v);
	ck_assert_uint_eq(v.n, sizeof(path));
}
END_TEST

/* ---- containers and pods ---- */

START_TEST(containers)
{
	struct exchange x = sample_exchange();

	x.container = "web"; /* LXC's have names */
	ck_assert_value(BY_CONTAINER, &x, "web");
	x.container = "0123456789ab";
	ck_assert_value(BY_CONTAINER, &x, "0123456789ab");
	x.container = "0123456789abc";
	ck_assert_value(BY_CONTAINER, &x, "0123456789ab");
}
END_TEST

START_TEST(pods_need_both_names)
{
	struct exchange x = sample_exchange();
	char namespace_[64], pod[254];

	x.pod = "web-1";
	ck_assert_unknown(BY_POD, &x);
	x.pod = NULL;
	x.namespace_ = "shop";
	ck_assert_unknown(BY_POD, &x);

	/* the longest that Kubernetes allows */
	memset(namespace_, 'n', sizeof(namespace_));
	memset(pod, 'p', sizeof(pod));
	namespace_[63] = pod[253] = '\0';
	x.namespace_ = namespace_;
	x.pod = pod;
	ck_assert_uint_ge(value(BY_POD, &x).n, LATENCY_VALUE_MAX);
	ck_assert_int_eq(value(BY_POD, &x).p[63], '/');
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("latency_by");
	TCase *tc = tcase_create("latency_by");

	tcase_add_test(tc, all_names);
	tcase_add_test(tc, names_keep_their_order);
	tcase_add_test(tc, bad_lists);
	tcase_add_test(tc, a_name_twice_over_two_lists);
	tcase_add_test(tc, values_of_a_whole_exchange);
	tcase_add_test(tc, values_of_an_unknown_one);
	tcase_add_test(tc, values_stand_side_by_side);
	tcase_add_test(tc, roles_and_numbers);
	tcase_add_loop_test(tc, hosts_without_port, 0, sizeof(hosts) / sizeof(hosts[0]));
	tcase_add_test(tc, a_long_host_is_cut);
	tcase_add_test(tc, paths_without_query);
	tcase_add_test(tc, paths_are_folded_when_asked);
	tcase_add_test(tc, a_long_path_is_cut_when_folded);
	tcase_add_test(tc, containers);
	tcase_add_test(tc, pods_need_both_names);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
