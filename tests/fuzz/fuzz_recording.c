/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_recording.c - recordings that are cut short, damaged, or made to do harm: what is handed over is
 * valid, and the end, or one sentence, stays.
 *
 * The input is the file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exchange/tracker.h"
#include "require.h"
#include "transport/events.h"
#include "transport/recording.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int file;
static char path[64];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	file = memfd_create("fuzz_recording", MFD_CLOEXEC);
	REQUIRE(file >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return 0;
}

static void on_exchange(void *ctx, const struct exchange *x)
{
	*(uint64_t *)ctx += x->status;
}

static void replay(struct replayer *r)
{
	uint64_t sum = 0;
	struct tracker_options options = {.on_exchange = on_exchange, .ctx = &sum};
	struct tracker *t = tracker_new(&options);
	const struct wire_event *event;
	const uint8_t *data;
	int result;

	REQUIRE(t);
	REQUIRE(memchr(replayer_info(r)->release, '\0', RECORDING_RELEASE_LEN));
	while ((result = replayer_next(r, &event, &data)) > 0) {
		uint8_t *raw = malloc(sizeof(*event) + event->len);

		REQUIRE(raw);
		memcpy(raw, event, sizeof(*event));
		memcpy(raw + sizeof(*event), data, event->len);
		REQUIRE(wire_event_valid(raw, sizeof(*event) + event->len));
		free(raw);
		tracker_event(t, event, data);
	}
	REQUIRE(replayer_next(r, &event, &data) == result);
	REQUIRE(result == 0 || *replayer_error(r));
	for (int i = 0; result < 0 && i < WIRE_COUNTERS; i++)
		REQUIRE(replayer_counters(r)[i] == 0);
	tracker_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char err[256] = "";
	struct replayer *r;

	REQUIRE(ftruncate(file, 0) == 0 && pwrite(file, data, n, 0) == (ssize_t)n);
	r = replayer_open(path, err, sizeof(err));
	if (r)
		replay(r);
	else
		REQUIRE(*err && memchr(err, '\0', sizeof(err)));
	replayer_free(r);
	return 0;
}
