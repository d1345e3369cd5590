/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/tracepoint_layout.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/filter.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "transport/attach.h"
#include "transport/kernel_offer.h"

/* A call hardly anybody makes, with six arguments; as given here it fails with
 * EINVAL before it does anything (mm/process_vm_access.c: flags != 0). */
#define PROBE_CALL SYS_process_vm_readv
#define PROBE_NAME "process_vm_readv"
static const uint64_t probe_args[6] = {1, 0x6c377363, 0x6f706531, 0x6c377364, 0x6f706532, 0x6c377365};

/* Words of a record that are looked at: the kernel refuses programs that read
 * beyond the record's size (16 bytes and 8 for each argument). */
#define ENTER_WORDS 8
#define EXIT_WORDS  3

/* BPF_MOV64_REG and friends are not in the uapi headers. */
#define INSN(c, d, s, o, i)                                                                                  \
	((struct bpf_insn){.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)})
#define MOV_REG(d, s)	     INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define MOV_IMM(d, i)	     INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ADD_IMM(d, i)	     INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define LOAD64(d, s, o)	     INSN(BPF_LDX | BPF_MEM | BPF_DW, d, s, o, 0)
#define STORE64(d, s, o)     INSN(BPF_STX | BPF_MEM | BPF_DW, d, s, o, 0)
#define STORE32_IMM(d, o, i) INSN(BPF_ST | BPF_MEM | BPF_W, d, 0, o, i)
#define CALL(f)		     INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define EXIT()		     INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define INSNS_MAX	     64

/* A program that copies the caller's record into the map, when the caller is us. */
static int load_copier(int map_fd, int words)
{
	struct bpf_insn p[INSNS_MAX];
	int n = 0, skip_other, skip_null;

	p[n++] = MOV_REG(6, 1);
	p[n++] = CALL(BPF_FUNC_get_current_pid_tgid);
	p[n++] = INSN(BPF_ALU64 | BPF_RSH | BPF_K, 0, 0, 0, 32);
	skip_other = n++;
	p[n++] = STORE32_IMM(10, -4, 0);
	p[n++] = INSN(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, map_fd);
	p[n++] = INSN(0, 0, 0, 0, 0);
	p[n++] = MOV_REG(2, 10);
	p[n++] = ADD_IMM(2, -4);
	p[n++] = CALL(BPF_FUNC_map_lookup_elem);
	skip_null = n++;
	for (int i = 0; i < words; i++) {
		if (i == 0) { /* the common fields are not for programs to read */
			p[n++] = MOV_IMM(1, 0);
		} else {
			p[n++] = LOAD64(1, 6, i * 8);
		}
		p[n++] = STORE64(0, 1, i * 8);
	}
	p[skip_other] = INSN(BPF_JMP | BPF_JNE | BPF_K, 0, 0, n - skip_other - 1, getpid());
	p[skip_null] = INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, n - skip_null - 1, 0);
	p[n++] = MOV_IMM(0, 0);
	p[n++] = EXIT();
	return bpf_prog_load(BPF_PROG_TYPE_TRACEPOINT, "l7_layout", "GPL", p, n, NULL);
}

/* Attaches a copier to the event; *link stays open as long as the caller
 * wants (closing waits for the kernel's tracepoint readers). */
static int attach_copier(const char *tracefs, const char *event, int map_fd, int words)
{
	int prog = load_copier(map_fd, words), link;

	if (prog < 0)
		return -errno;
	link = attach_tracepoint(tracefs, "syscalls", event, prog);
	close(prog);
	return link;
}

static int find_args(const uint64_t record[ENTER_WORDS])
{
	for (int i = 1; i + 2 < ENTER_WORDS; i++) {
		if (memcmp(&record[i], probe_args, 3 * sizeof(probe_args[0])) == 0)
			return i * 8;
	}
	return -1;
}

int tracepoint_layout_read_lengths(const char *tracefs, struct tracepoint_layout *layout, char *err,
				   size_t err_size)
{
	static const char *const events[] = {"sock_send_length", "sock_recv_length"};
	struct kernel_offer o = {.tracefs = OFFER_TRACEFS_READY};

	snprintf(o.tracefs_dir, sizeof(o.tracefs_dir), "%s", tracefs);
	for (int i = 0; i < 2; i++) {
		int sk = tracepoint_field_offset(&o, "sock", events[i], "sk");
		int ret = tracepoint_field_offset(&o, "sock", events[i], "ret");

		if (sk < 0 || ret < 0 || (i > 0 && (sk != layout->length_sk || ret != layout->length_ret))) {
			snprintf(err, err_size,
				 "the tracepoint sock:%s of this kernel is not as any known kernel has it",
				 events[i]);
			return -1;
		}
		layout->length_sk = sk;
		layout->length_ret = ret;
	}
	return 0;
}

static int find_nr(const uint64_t record[ENTER_WORDS], int args)
{
	for (int at = 8; at < args; at += 4) {
		uint32_t word;

		memcpy(&word, (const char *)record + at, sizeof(word));
		if (word == PROBE_CALL)
			return at;
	}
	return -1;
}

static int find_ret(const uint64_t record[EXIT_WORDS])
{
	for (int i = 1; i < EXIT_WORDS; i++) {
		if ((int64_t)record[i] == -EINVAL)
			return i * 8;
	}
	return -1;
}

int tracepoint_layout_measure(const char *tracefs, struct tracepoint_layout *layout, char *err,
			      size_t err_size)
{
	uint64_t entered[ENTER_WORDS] = {0}, left[ENTER_WORDS] = {0};
	uint32_t zero = 0;
	int maps[2], links[2] = {-1, -1}, ret = -1;

	for (int i = 0; i < 2; i++)
		maps[i] = bpf_map_create(BPF_MAP_TYPE_ARRAY, "l7_layout", sizeof(zero), sizeof(entered), 1,
					 NULL);
	if (maps[0] < 0 || maps[1] < 0) {
		snprintf(err, err_size,
			 "the kernel refuses BPF maps (%s): run as root, or with CAP_BPF and CAP_PERFMON",
			 strerror(errno));
		goto cleanup;
	}
	links[0] = attach_copier(tracefs, "sys_enter_" PROBE_NAME, maps[0], ENTER_WORDS);
	links[1] = attach_copier(tracefs, "sys_exit_" PROBE_NAME, maps[1], EXIT_WORDS);
	if (links[0] < 0 || links[1] < 0) {
		snprintf(err, err_size, "cannot attach to syscall tracepoints: %s",
			 strerror(links[0] < 0 ? -links[0] : -links[1]));
		goto cleanup;
	}
	syscall(PROBE_CALL, probe_args[0], probe_args[1], probe_args[2], probe_args[3], probe_args[4],
		probe_args[5]);
	if (bpf_map_lookup_elem(maps[0], &zero, entered) || bpf_map_lookup_elem(maps[1], &zero, left)) {
		snprintf(err, err_size, "cannot read a BPF map: %s", strerror(errno));
		goto cleanup;
	}
	layout->args = find_args(entered);
	layout->nr = find_nr(entered, layout->args);
	layout->ret = find_ret(left);
	if (layout->args < 0 || layout->nr < 0 || layout->ret < 0) {
		snprintf(err, err_size,
			 "syscall tracepoints of this kernel do not hold their arguments where any known "
			 "kernel has them");
		goto cleanup;
	}
	ret = 0;
cleanup:
	/* The links are left to the end of this (short-lived) process: see attach_copier(). */
	for (int i = 0; i < 2; i++) {
		if (maps[i] >= 0)
			close(maps[i]);
	}
	return ret;
}
