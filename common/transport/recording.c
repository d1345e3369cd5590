/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "transport/events.h"

/* No text, so that nobody takes a recording for one. */
static const uint8_t magic[8] = {0x93, 'L', '7', 'R', 'E', 'C', '\r', '\n'};

#define BYTE_ORDER_MARK	   0x01020304u
#define BYTE_ORDER_SWAPPED 0x04030201u

struct file_header {
	uint8_t magic[8];
	uint32_t byte_order;
	uint32_t version;
	uint32_t event_size;
	uint32_t counters;
	int64_t wall_offset_ns;
	uint64_t start_ns;
	char release[RECORDING_RELEASE_LEN];
	uint8_t pad[7];
};
_Static_assert(sizeof(struct file_header) == 112, "no padding that is not named");

#define RECORD_MAX (sizeof(struct wire_event) + WIRE_HEADERS_MAX)
_Static_assert(WIRE_HEADERS_MAX >= WIRE_DATA_MAX, "a record holds any event");

/* One write a read of the kernel's buffer, or a few. */
#define BUFFER_SIZE (256 * 1024)

struct recorder {
	FILE *file;
	char *path;
	int error; /* errno of the first write that failed */
};

struct replayer {
	FILE *file;
	char *path;
	int state; /* what replayer_next() returns from now on; 1: events to come */
	struct recording_info info;
	uint64_t counters[WIRE_COUNTERS];
	char error[512];
	union {
		struct wire_event event;
		uint8_t bytes[RECORD_MAX];
	} record;
};

__attribute__((format(printf, 3, 4))) static void explain(char *err, size_t err_size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(err, err_size, format, arguments);
	va_end(arguments);
}

/* ---- writing ---- */

static int create_file(const char *path, char *err, size_t err_size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EEXIST)
		explain(err, err_size, "%s exists and is not overwritten; name another file or remove it",
			path);
	else if (fd < 0)
		explain(err, err_size, "cannot create %s: %s", path, strerror(errno));
	return fd;
}

static void put(struct recorder *r, const void *bytes, size_t n)
{
	if (r->error || fwrite(bytes, 1, n, r->file) == n)
		return;
	r->error = errno ? errno : EIO;
}

static void put_header(struct recorder *r, const struct recording_info *info)
{
	struct file_header header = {
		.byte_order = BYTE_ORDER_MARK,
		.version = RECORDING_VERSION,
		.event_size = sizeof(struct wire_event),
		.counters = WIRE_COUNTERS,
		.wall_offset_ns = info->wall_offset_ns,
		.start_ns = info->start_ns,
	};
	struct utsname here = {0};

	memcpy(header.magic, magic, sizeof(magic));
	if (!info->release[0])
		uname(&here);
	snprintf(header.release, sizeof(header.release), "%s",
		 info->release[0] ? info->release : here.release);
	put(r, &header, sizeof(header));
}

static void recorder_free(struct recorder *r)
{
	if (r->file)
		fclose(r->file);
	free(r->path);
	free(r);
}

struct recorder *recorder_open(const char *path, const struct recording_info *info, char *err,
			       size_t err_size)
{
	struct recorder *r = calloc(1, sizeof(*r));
	int fd = -1;

	if (r)
		r->path = strdup(path);
	if (!r || !r->path) {
		explain(err, err_size, "out of memory");
		goto fail;
	}
	fd = create_file(path, err, err_size);
	if (fd < 0)
		goto fail;
	r->file = fdopen(fd, "wb");
	if (!r->file) {
		explain(err, err_size, "cannot write to %s: %s", path, strerror(errno));
		close(fd);
		goto fail;
	}
	setvbuf(r->file, NULL, _IOFBF, BUFFER_SIZE);
	put_header(r, info);
	return r;
fail:
	if (r)
		recorder_free(r);
	return NULL;
}

int recorder_write(struct recorder *r, const struct wire_event *event, const uint8_t *data)
{
	uint32_t n = sizeof(*event) + event->len;

	put(r, &n, sizeof(n));
	put(r, event, sizeof(*event));
	put(r, data, event->len);
	return r->error ? -1 : 0;
}

int recorder_close(struct recorder *r, const uint64_t counters[WIRE_COUNTERS], char *err, size_t err_size)
{
	uint32_t end = 0;
	int ret = -1;

	if (!r)
		return 0;
	put(r, &end, sizeof(end));
	put(r, counters, WIRE_COUNTERS * sizeof(counters[0]));
	if (fclose(r->file) && !r->error)
		r->error = errno;
	r->file = NULL;
	if (r->error)
		explain(err, err_size, "the recording %s is incomplete: %s", r->path, strerror(r->error));
	else
		ret = 0;
	recorder_free(r);
	return ret;
}

/* ---- reading ---- */

static const char *header_problem(const struct file_header *header, size_t n)
{
	if (n < sizeof(header->magic) || memcmp(header->magic, magic, sizeof(magic)) != 0)
		return "is not a recording of this program";
	if (n < sizeof(*header))
		return "is cut short: it ends within its header";
	if (header->byte_order == BYTE_ORDER_SWAPPED)
		return "was recorded on a machine of the other byte order; replay it on one like that";
	if (header->byte_order != BYTE_ORDER_MARK)
		return "is damaged: its header makes no sense";
	if (header->version != RECORDING_VERSION || header->event_size != sizeof(struct wire_event) ||
	    header->counters != WIRE_COUNTERS)
		return "was recorded by another version of this program; replay it with that one";
	return NULL;
}

static bool read_header(struct replayer *r, char *err, size_t err_size)
{
	struct file_header header = {0};
	size_t n = fread(&header, 1, sizeof(header), r->file);
	const char *problem;

	if (ferror(r->file)) {
		explain(err, err_size, "cannot read %s: %s", r->path, strerror(errno));
		return false;
	}
	problem = header_problem(&header, n);
	if (problem) {
		explain(err, err_size, "%s %s", r->path, problem);
		return false;
	}
	r->info.wall_offset_ns = header.wall_offset_ns;
	r->info.start_ns = header.start_ns;
	memcpy(r->info.release, header.release, sizeof(r->info.release) - 1);
	return true;
}

struct replayer *replayer_open(const char *path, char *err, size_t err_size)
{
	struct replayer *r = calloc(1, sizeof(*r));

	if (r)
		r->path = strdup(path);
	if (!r || !r->path) {
		explain(err, err_size, "out of memory");
		goto fail;
	}
	r->state = 1;
	r->file = fopen(path, "rbe");
	if (!r->file) {
		explain(err, err_size, "cannot open %s: %s", path, strerror(errno));
		goto fail;
	}
	setvbuf(r->file, NULL, _IOFBF, BUFFER_SIZE);
	if (read_header(r, err, err_size))
		return r;
fail:
	replayer_free(r);
	return NULL;
}

void replayer_free(struct replayer *r)
{
	if (!r)
		return;
	if (r->file)
		fclose(r->file);
	free(r->path);
	free(r);
}

const struct recording_info *replayer_info(const struct replayer *r)
{
	return &r->info;
}

const char *replayer_error(const struct replayer *r)
{
	return r->error;
}

const uint64_t *replayer_counters(const struct replayer *r)
{
	return r->counters;
}

static int fail_next(struct replayer *r, const char *why)
{
	r->state = -1;
	explain(r->error, sizeof(r->error), "the recording %s %s", r->path, why);
	return r->state;
}

static bool get(struct replayer *r, void *to, size_t n)
{
	return fread(to, 1, n, r->file) == n;
}

static int cut_short(struct replayer *r)
{
	if (ferror(r->file))
		return fail_next(r, "cannot be read to its end");
	return fail_next(r, "is cut short: what comes next is missing");
}

static int read_end(struct replayer *r)
{
	uint64_t counters[WIRE_COUNTERS];

	if (!get(r, counters, sizeof(counters)))
		return cut_short(r);
	memcpy(r->counters, counters, sizeof(counters));
	r->state = 0;
	return 0;
}

int replayer_next(struct replayer *r, const struct wire_event **event, const uint8_t **data)
{
	uint32_t n;

	if (r->state != 1)
		return r->state;
	if (!get(r, &n, sizeof(n)))
		return cut_short(r);
	if (n == 0)
		return read_end(r);
	if (n > sizeof(r->record))
		return fail_next(r, "is damaged: an event is longer than any can be");
	if (!get(r, &r->record, n))
		return cut_short(r);
	if (!wire_event_valid(&r->record, n) || n != sizeof(struct wire_event) + r->record.event.len)
		return fail_next(r, "is damaged: an event in it makes no sense");
	*event = &r->record.event;
	*data = r->record.bytes + sizeof(struct wire_event);
	return 1;
}
