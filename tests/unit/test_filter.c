/* SPDX-License-Identifier: Apache-2.0 */
/* Which exchanges pass: status, path, host, method, latency, and whose traffic. */
#include <check.h>
#include <stdlib.h>

#include "app/exchange_filter.h"
#include "app/option_values.h"
#include "harness.h"
#include "sample_exchange.h"

#define MS 1000000ull

/* ---- status ---- */

static bool status_passes(const char *list, int status)
{
	struct status_filter f = {0};
	char err[256];

	ck_assert_msg(status_filter_parse(&f, list, err, sizeof(err)), "%s: %s", list, err);
	return status_filter_match(&f, status);
}

START_TEST(status_lists)
{
	ck_assert(status_passes("404", 404));
	ck_assert(!status_passes("404", 403));
	ck_assert(status_passes("5xx,404", 500));
	ck_assert(status_passes("5xx,404", 599));
	ck_assert(status_passes("5XX,404", 404));
	ck_assert(!status_passes("5xx,404", 200));
	ck_assert(!status_passes("5xx", 0));
	ck_assert(status_passes("!2xx", 302));
	ck_assert(!status_passes("!2xx", 204));
	ck_assert(status_passes("4xx,!404", 403));
	ck_assert(!status_passes("4xx,!404", 404));
	ck_assert(!status_passes("!404,4xx", 404));
	ck_assert(status_passes("999", 999));
}
END_TEST

START_TEST(no_status_is_a_term)
{
	ck_assert(status_passes("none", 0));
	ck_assert(status_passes("-", 0));
	ck_assert(!status_passes("none", 200));
	ck_assert(status_passes("5xx,none", 0));
	ck_assert(status_passes("!2xx", 0));
	ck_assert(!status_passes("!2xx,!none", 0));
	ck_assert(status_passes("!none", 200));
	ck_assert(!status_passes("!-", 0));
}
END_TEST

START_TEST(bad_status_lists)
{
	static const char *const lists[] = {"",	     "4",	"44",	"4x",	"4x4",	   "xxx",
					    "4x1",   "2000",	"099",	"2xx,", ",2xx",	   "!",
					    "!!2xx", "2xx 3xx", "nope", "-1",	"200,,404"};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct status_filter f = {0};
		char err[256];

		ck_assert_msg(!status_filter_parse(&f, lists[i], err, sizeof(err)), "'%s'", lists[i]);
	}
}
END_TEST

START_TEST(too_many_status_terms)
{
	struct status_filter f = {0};
	char err[256];

	for (int i = 0; i < STATUS_TERMS_MAX; i++)
		ck_assert(status_filter_parse(&f, "200", err, sizeof(err)));
	ck_assert(!status_filter_parse(&f, "200", err, sizeof(err)));
	ck_assert(status_filter_match(&f, 200));
}
END_TEST

/* ---- status of gRPC calls ---- */

static bool grpc_status_passes(const char *list, int status)
{
	struct status_filter f = {0};
	char err[256];

	ck_assert_msg(grpc_status_filter_parse(&f, list, err, sizeof(err)), "%s: %s", list, err);
	return grpc_status_filter_match(&f, status);
}

START_TEST(grpc_status_lists)
{
	ck_assert(grpc_status_passes("0", 0));
	ck_assert(!grpc_status_passes("0", -1));
	ck_assert(!grpc_status_passes("0", 1));
	ck_assert(grpc_status_passes("1-16", 1));
	ck_assert(grpc_status_passes("1-16", 16));
	ck_assert(!grpc_status_passes("1-16", 0));
	ck_assert(!grpc_status_passes("1-16", 17));
	ck_assert(grpc_status_passes("UNAVAILABLE,5", 14));
	ck_assert(grpc_status_passes("unavailable,5", 5));
	ck_assert(!grpc_status_passes("unavailable,5", 4));
	ck_assert(grpc_status_passes("ok", 0));
	ck_assert(grpc_status_passes("!0", 2));
	ck_assert(grpc_status_passes("!0", -1));
	ck_assert(!grpc_status_passes("!OK", 0));
	ck_assert(grpc_status_passes("none", -1));
	ck_assert(grpc_status_passes("-", -1));
	ck_assert(!grpc_status_passes("none", 0));
	ck_assert(!grpc_status_passes("!0,!none", -1));
	ck_assert(grpc_status_passes("0-999", 999));
	ck_assert(grpc_status_passes("!0", 99999999));
}
END_TEST

START_TEST(bad_grpc_status_lists)
{
	static const char *const lists[] = {"",	 ",",  "1,",  "!",   "!!1",   "1-",   "-1",   "2-1", "1000",
					    "x", "1x", "0x1", "1 2", "1-2-3", "OKAY", "OK-5", "+1",  "1,,2"};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct status_filter f = {0};
		char err[256];

		ck_assert_msg(!grpc_status_filter_parse(&f, lists[i], err, sizeof(err)), "'%s'", lists[i]);
	}
}
END_TEST

START_TEST(too_many_grpc_status_terms)
{
	struct status_filter f = {0};
	char err[256];

	for (int i = 0; i < STATUS_TERMS_MAX; i++)
		ck_assert(grpc_status_filter_parse(&f, "1", err, sizeof(err)));
	ck_assert(!grpc_status_filter_parse(&f, "1", err, sizeof(err)));
	ck_assert(grpc_status_filter_match(&f, 1));
}
END_TEST

/* ---- path ---- */

static bool path_passes(const char *pattern, const char *path)
{
	char err[256];
	struct path_pattern *p = path_pattern_new(pattern, err, sizeof(err));
	struct guarded g = guard_copy_str(path);
	bool passes;

	ck_assert_msg(p != NULL, "%s: %s", pattern, err);
	passes = path_pattern_match(p, g.bytes);
	path_pattern_free(p);
	guard_free(&g);
	return passes;
}

START_TEST(path_prefixes)
{
	ck_assert(path_passes("/api", "/api"));
	ck_assert(path_passes("/api", "/api/v1?x"));
	ck_assert(!path_passes("/api", "/ap"));
	ck_assert(!path_passes("/api", "/x/api"));
	ck_assert(!path_passes("/api", "/API"));
	ck_assert(path_passes("", "/"));
	ck_assert(path_passes("", ""));
	ck_assert(path_passes("/a.c", "/a.c"));
	ck_assert(!path_passes("/a.c", "/abc"));
}
END_TEST

START_TEST(path_expressions)
{
	ck_assert(path_passes("~^/api/v[12]/", "/api/v2/x"));
	ck_assert(!path_passes("~^/api/v[12]/", "/api/v3/x"));
	ck_assert(path_passes("~items$", "/shop/items"));
	ck_assert(path_passes("~(?i)ITEMS", "/shop/items"));
	ck_assert(path_passes("~", "/"));
	ck_assert(path_passes("~", ""));
	ck_assert(path_passes("~\\xff", "/\xff"));
}
END_TEST

START_TEST(bad_expressions_are_explained)
{
	char err[256];

	ck_assert_ptr_null(path_pattern_new("~(", err, sizeof(err)));
	ck_assert_ptr_nonnull(strstr(err, "regular expression"));
	ck_assert_ptr_null(path_pattern_new("~[z-a]", err, sizeof(err)));
	ck_assert_ptr_null(path_pattern_new("~(*UTF)x", err, sizeof(err)));
}
END_TEST

/* The classic: time exponential in the length of the path. */
START_TEST(costly_paths_are_given_up)
{
	char err[256], path[8192];
	struct path_pattern *p = path_pattern_new("~^(a+)+$", err, sizeof(err));

	ck_assert_ptr_nonnull(p);
	memset(path, 'a', sizeof(path));
	path[sizeof(path) - 1] = '!';
	ck_assert(!path_pattern_match(p, bytes_of(path, sizeof(path))));
	ck_assert_uint_eq(path_pattern_given_up(p), 1);
	ck_assert(path_pattern_match(p, bytes_of(path, 10)));
	ck_assert_uint_eq(path_pattern_given_up(p), 1);
	path_pattern_free(p);
}
END_TEST

/* ---- exchange ---- */

static bool passes(const struct exchange_filter *f, const struct exchange *x)
{
	return exchange_filter_match(f, x, x->req.first_ns + 50 * MS);
}

START_TEST(empty_filter_passes_all)
{
	struct exchange_filter f = {0};
	struct exchange x = sample_exchange(), y = sample_unanswered(NO_STATUS_UNSEEN);

	ck_assert(passes(&f, &x));
	ck_assert(passes(&f, &y));
}
END_TEST

START_TEST(latency)
{
	struct exchange_filter f = {.min_ns = 1500000};
	struct exchange x = sample_exchange();

	ck_assert(passes(&f, &x));
	f.min_ns++;
	ck_assert(!passes(&f, &x));
	x.resp.last_ns = 0;
	ck_assert(!passes(&f, &x));
}
END_TEST

/* Waiting in vain counts; what was not seen does not. */
START_TEST(latency_without_response)
{
	static const enum no_status seen[] = {NO_STATUS_CLOSED, NO_STATUS_RESET, NO_STATUS_TIMEOUT};
	static const enum no_status unseen[] = {NO_STATUS_GAP, NO_STATUS_UNSEEN};
	struct exchange_filter f = {.min_ns = 50 * MS}, more = {.min_ns = 51 * MS};

	for (size_t i = 0; i < 3; i++) {
		struct exchange x = sample_unanswered(seen[i]);

		ck_assert(passes(&f, &x));
		ck_assert(!passes(&more, &x));
	}
	for (size_t i = 0; i < 2; i++) {
		struct exchange x = sample_unanswered(unseen[i]);

		ck_assert(!passes(&f, &x));
	}
}
END_TEST

START_TEST(methods_and_hosts)
{
	char get[] = "get", post[] = "POST", host[] = "Example.com", port[] = "example.com:8080",
	     six[] = "[::1]";
	struct exchange_filter f = {.methods = {post, get}, .n_methods = 2};
	struct exchange x = sample_exchange();

	ck_assert(passes(&f, &x));
	f.n_methods = 1;
	ck_assert(!passes(&f, &x));

	f = (struct exchange_filter){.hosts = {host}, .n_hosts = 1};
	ck_assert(passes(&f, &x));
	x.host = bytes_of_str("EXAMPLE.com:8080");
	ck_assert(passes(&f, &x));
	x.host = bytes_of_str("u:p@example.com:8080");
	ck_assert(passes(&f, &x));
	x.host = bytes_of_str("www.example.com");
	ck_assert(!passes(&f, &x));
	x.host = bytes_of(NULL, 0);
	ck_assert(!passes(&f, &x));

	f = (struct exchange_filter){.hosts = {port, six}, .n_hosts = 2};
	x.host = bytes_of_str("example.com:8080");
	ck_assert(passes(&f, &x));
	x.host = bytes_of_str("example.com");
	ck_assert(!passes(&f, &x));
	x.host = bytes_of_str("[::1]:80");
	ck_assert(passes(&f, &x));
}
END_TEST

/* The status of the call, not that of HTTP; and only calls have one. */
START_TEST(grpc_calls)
{
	struct exchange_filter f = {0};
	struct grpc_call call = {.status = 5};
	struct exchange x = sample_exchange();
	char err[256];

	ck_assert(grpc_status_filter_parse(&f.grpc_status, "!0", err, sizeof(err)));
	ck_assert(!passes(&f, &x));
	x.grpc = &call;
	ck_assert(passes(&f, &x));
	call.status = -1;
	ck_assert(passes(&f, &x));
	call.status = 0;
	ck_assert(!passes(&f, &x));
}
END_TEST

/* There was a response: which one matches no list, not even "none" or "!2xx". */
START_TEST(unknown_statuses_match_nothing)
{
	static const char *const lists[] = {"200", "2xx,none", "none", "!2xx", "!none", "!2xx,!none"};
	struct exchange x = sample_exchange();

	x.status = 0;
	x.no_status = NO_STATUS_UNKNOWN;
	ck_assert(passes(&(struct exchange_filter){0}, &x));
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct exchange_filter f = {0};
		char err[256];

		ck_assert(status_filter_parse(&f.status, lists[i], err, sizeof(err)));
		ck_assert_msg(!passes(&f, &x), "%s", lists[i]);
	}
}
END_TEST

/* It took as long as it took; without its end nobody knows, and no waiting counts. */
START_TEST(latency_of_unknown_statuses)
{
	struct exchange_filter f = {.min_ns = 1500000}, more = {.min_ns = 1500001};
	struct exchange x = sample_exchange();

	x.status = 0;
	x.no_status = NO_STATUS_UNKNOWN;
	ck_assert(passes(&f, &x));
	ck_assert(!passes(&more, &x));
	x.resp.last_ns = 0;
	ck_assert(!passes(&f, &x));
}
END_TEST

/* The status of the call is in the trailers, that of HTTP is not needed. */
START_TEST(grpc_calls_of_unknown_status)
{
	struct exchange_filter f = {0};
	struct grpc_call call = {.status = 5};
	struct exchange x = sample_exchange();
	char err[256];

	x.status = 0;
	x.no_status = NO_STATUS_UNKNOWN;
	x.grpc = &call;
	ck_assert(grpc_status_filter_parse(&f.grpc_status, "1-16", err, sizeof(err)));
	ck_assert(passes(&f, &x));
}
END_TEST

/* What goes on has lasted until now. */
START_TEST(latency_of_open_streams)
{
	struct exchange_filter f = {.min_ns = 50 * MS}, more = {.min_ns = 51 * MS};
	struct exchange x = sample_exchange();

	x.missing = MISSING_OPEN;
	ck_assert(passes(&f, &x));
	ck_assert(!passes(&more, &x));
	x.resp = (struct message_times){0};
	ck_assert(passes(&f, &x));
}
END_TEST

START_TEST(unknown_paths_match_nothing)
{
	char err[256];
	struct exchange_filter f = {.paths = {path_pattern_new("~", err, sizeof(err))}, .n_paths = 1};
	struct exchange x = sample_exchange();

	ck_assert(passes(&f, &x));
	x.path = x.target = bytes_of(NULL, 0);
	ck_assert(!passes(&f, &x));
	exchange_filter_release(&f);
}
END_TEST

/* ---- whose traffic ---- */

static bool source_passes(struct capture_filter f)
{
	struct exchange x = sample_exchange();

	return exchange_filter_source(&f, &x);
}

START_TEST(source_filters)
{
	ck_assert(source_passes((struct capture_filter){0}));
	ck_assert(source_passes((struct capture_filter){.pids = {5, 181}, .n_pids = 2}));
	ck_assert(!source_passes((struct capture_filter){.pids = {5}, .n_pids = 1}));
	ck_assert(source_passes((struct capture_filter){.comms = {"nginx"}, .n_comms = 1}));
	ck_assert(!source_passes((struct capture_filter){.comms = {"ngin"}, .n_comms = 1}));
	ck_assert(source_passes((struct capture_filter){.uids = {33}, .n_uids = 1}));
	ck_assert(!source_passes((struct capture_filter){.uids = {0}, .n_uids = 1}));
	ck_assert(source_passes((struct capture_filter){.lports = {80}, .n_lports = 1}));
	ck_assert(!source_passes((struct capture_filter){.rports = {80}, .n_rports = 1}));
	ck_assert(source_passes((struct capture_filter){.rports = {40000}, .n_rports = 1}));
	ck_assert(source_passes((struct capture_filter){.only_ipv4 = true, .only_server = true}));
	ck_assert(!source_passes((struct capture_filter){.only_ipv6 = true}));
	ck_assert(!source_passes((struct capture_filter){.only_client = true}));
	ck_assert(!source_passes((struct capture_filter){.cgroups = {9}, .n_cgroups = 1}));
}
END_TEST

static bool peer_passes(const char *network, const char *peer)
{
	struct capture_filter f = {.n_peers = 1};
	struct exchange x = sample_exchange();

	ck_assert_msg(value_cidr(network, &f.peers[0]), "%s", network);
	x.remote = sample_endpoint(peer, 1);
	return exchange_filter_source(&f, &x);
}

START_TEST(peer_networks)
{
	ck_assert(peer_passes("10.0.0.0/8", "10.255.1.2"));
	ck_assert(!peer_passes("10.0.0.0/8", "11.0.0.1"));
	ck_assert(peer_passes("10.0.0.77/25", "10.0.0.1"));
	ck_assert(!peer_passes("10.0.0.77/25", "10.0.0.128"));
	ck_assert(peer_passes("10.0.0.2", "10.0.0.2"));
	ck_assert(!peer_passes("10.0.0.2", "10.0.0.3"));
	ck_assert(peer_passes("0.0.0.0/0", "1.2.3.4"));
	ck_assert(!peer_passes("0.0.0.0/0", "::1"));
	ck_assert(peer_passes("2001:db8::/33", "2001:db8:7fff::1"));
	ck_assert(!peer_passes("2001:db8::/33", "2001:db8:8000::1"));
	ck_assert(peer_passes("::1", "::1"));
	ck_assert(peer_passes("::ffff:10.0.0.0/104", "10.1.2.3"));
}
END_TEST

static void build_without_memory(void *ctx)
{
	char err[256];

	path_pattern_free(path_pattern_new(ctx, err, sizeof(err)));
}

START_TEST(each_allocation_may_fail)
{
	char prefix[] = "/api", expression[] = "~^/a";

	fail_each_alloc(build_without_memory, prefix);
	fail_each_alloc(build_without_memory, expression);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("filter");
	TCase *tc = tcase_create("filter");

	tcase_add_test(tc, status_lists);
	tcase_add_test(tc, no_status_is_a_term);
	tcase_add_test(tc, bad_status_lists);
	tcase_add_test(tc, too_many_status_terms);
	tcase_add_test(tc, grpc_status_lists);
	tcase_add_test(tc, bad_grpc_status_lists);
	tcase_add_test(tc, too_many_grpc_status_terms);
	tcase_add_test(tc, path_prefixes);
	tcase_add_test(tc, path_expressions);
	tcase_add_test(tc, bad_expressions_are_explained);
	tcase_add_test(tc, costly_paths_are_given_up);
	tcase_add_test(tc, empty_filter_passes_all);
	tcase_add_test(tc, latency);
	tcase_add_test(tc, latency_without_response);
	tcase_add_test(tc, methods_and_hosts);
	tcase_add_test(tc, grpc_calls);
	tcase_add_test(tc, unknown_statuses_match_nothing);
	tcase_add_test(tc, latency_of_unknown_statuses);
	tcase_add_test(tc, grpc_calls_of_unknown_status);
	tcase_add_test(tc, latency_of_open_streams);
	tcase_add_test(tc, unknown_paths_match_nothing);
	tcase_add_test(tc, source_filters);
	tcase_add_test(tc, peer_networks);
	tcase_add_test(tc, each_allocation_may_fail);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
