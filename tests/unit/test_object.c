/* SPDX-License-Identifier: Apache-2.0 */
/* Objects: joined by the names of their maps, believed only within their bounds. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/object.h"

static struct object *one, *other;

static void set_up(void)
{
	one = calloc(1, sizeof(*one));
	other = calloc(1, sizeof(*other));
	ck_assert_ptr_nonnull(one);
	ck_assert_ptr_nonnull(other);
}

static void tear_down(void)
{
	free(one);
	free(other);
}

static int add_map(struct object *o, const char *name)
{
	struct object_map m = {.type = 1, .key_size = 4, .value_size = 8, .max_entries = 1};

	strcpy(m.name, name);
	return object_add_map(o, &m);
}

static struct bpf_insn load_of_map(int map)
{
	return (struct bpf_insn){.code = BPF_LD | BPF_IMM | BPF_DW, .src_reg = BPF_PSEUDO_MAP_FD, .imm = map};
}

START_TEST(test_a_map_of_a_known_name_is_that_one)
{
	ck_assert_int_eq(add_map(one, "conns"), 0);
	ck_assert_int_eq(add_map(one, "runs"), 1);
	ck_assert_int_eq(add_map(one, "conns"), 0);
	ck_assert_int_eq(object_find_map(one, "runs"), 1);
	ck_assert_int_eq(object_find_map(one, "none"), -1);
}
END_TEST

START_TEST(test_merged_programs_refer_to_their_maps_by_name)
{
	struct bpf_insn insns[2] = {load_of_map(1), {.code = BPF_JMP | BPF_EXIT}};

	add_map(one, "runs");
	add_map(other, "unused");
	add_map(other, "runs");
	ck_assert_int_eq(object_add_program(other, "on_step", insns, 2), 0);
	ck_assert_int_eq(object_merge(one, other), 0);
	ck_assert_uint_eq(one->n_maps, 1);
	ck_assert_int_eq(object_find_program(one, "on_step"), 0);
	ck_assert_int_eq(one->insns[0].imm, 0);
	ck_assert(object_valid(one, object_size(one)));
}
END_TEST

START_TEST(test_bounds)
{
	struct bpf_insn insns[OBJECT_NAME_LEN] = {{0}};
	char name[OBJECT_NAME_LEN];

	for (int i = 0; i < OBJECT_MAPS_MAX; i++) {
		snprintf(name, sizeof(name), "map%d", i);
		ck_assert_int_eq(add_map(one, name), i);
	}
	ck_assert_int_eq(add_map(one, "more"), -1);
	for (int i = 0; i < OBJECT_PROGRAMS_MAX; i++)
		ck_assert_int_eq(object_add_program(one, "p", insns, 2), i);
	ck_assert_int_eq(object_add_program(one, "p", insns, 2), -1);
	ck_assert_int_eq(object_merge(other, one), 0);
	ck_assert_int_eq(object_merge(other, one), -1);
}
END_TEST

START_TEST(test_what_is_out_of_bounds_is_not_believed)
{
	struct bpf_insn insn = load_of_map(0);
	size_t n;

	add_map(one, "conns");
	object_add_program(one, "on_step", &insn, 1);
	n = object_size(one);
	ck_assert(object_valid(one, n));
	ck_assert(!object_valid(one, n - 1));
	ck_assert(!object_valid(one, 4));
	one->insns[0].imm = 1;
	ck_assert(!object_valid(one, n));
	one->insns[0].imm = 0;
	one->programs[0].first = 1;
	ck_assert(!object_valid(one, n));
	one->programs[0].first = 0;
	one->programs[0].n = UINT32_MAX;
	ck_assert(!object_valid(one, n));
	one->programs[0].n = 1;
	one->n_insns = UINT32_MAX;
	ck_assert(!object_valid(one, n));
	one->n_insns = 1;
	memset(one->maps[0].name, 'x', OBJECT_NAME_LEN);
	ck_assert(!object_valid(one, n));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("object");
	TCase *t = tcase_create("object");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, test_a_map_of_a_known_name_is_that_one);
	tcase_add_test(t, test_merged_programs_refer_to_their_maps_by_name);
	tcase_add_test(t, test_bounds);
	tcase_add_test(t, test_what_is_out_of_bounds_is_not_believed);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
