/* SPDX-License-Identifier: Apache-2.0 */
#include "http/grpc.h"

#include <limits.h>

/* "TimeoutValue: ASCII integer of at most 8 digits" */
#define TIMEOUT_DIGITS_MAX 8

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

bool grpc_content_type(struct bytes value)
{
	static const char grpc[] = "application/grpc";
	size_t n = sizeof(grpc) - 1;

	if (value.n < n || !bytes_equal_nocase(bytes_of(value.p, n), grpc))
		return false;
	return value.n == n || value.p[n] == '+' || value.p[n] == ';' || value.p[n] == ' ';
}

/* The last slash divides: names of services may have some, of methods not. */
bool grpc_split_path(struct bytes path, struct bytes *service, struct bytes *method)
{
	const uint8_t *slash;

	if (path.n == 0 || path.p[0] != '/')
		return false;
	slash = memrchr(path.p, '/', path.n);
	*service = bytes_of(path.p + 1, slash > path.p ? slash - path.p - 1 : 0);
	*method = bytes_of(slash + 1, path.p + path.n - slash - 1);
	return service->n > 0 && method->n > 0;
}

/* ---- numbers ---- */

/* In ns; 0: no such unit. */
static int64_t unit_ns(uint8_t unit)
{
	switch (unit) {
	case 'H':
		return 3600 * INT64_C(1000000000);
	case 'M':
		return 60 * INT64_C(1000000000);
	case 'S':
		return INT64_C(1000000000);
	case 'm':
		return 1000000;
	case 'u':
		return 1000;
	case 'n':
		return 1;
	default:
		return 0;
	}
}

/* -1: not a number, or more than INT_MAX. */
static int64_t decimal(struct bytes value)
{
	int64_t number = 0;

	if (value.n == 0)
		return -1;
	for (size_t i = 0; i < value.n; i++) {
		if (!is_digit(value.p[i]))
			return -1;
		number = number * 10 + (value.p[i] - '0');
		if (number > INT_MAX)
			return -1;
	}
	return number;
}

int64_t grpc_timeout_ns(struct bytes value)
{
	int64_t number, unit;

	if (value.n < 2 || value.n > TIMEOUT_DIGITS_MAX + 1)
		return -1;
	unit = unit_ns(value.p[value.n - 1]);
	number = decimal(bytes_of(value.p, value.n - 1));
	if (!unit || number < 0)
		return -1;
	return number > INT64_MAX / unit ? INT64_MAX : number * unit;
}

/* ---- statuses ---- */

enum { /* the codes that something else maps to */
       STATUS_CANCELLED = 1,
       STATUS_UNKNOWN = 2,
       STATUS_PERMISSION_DENIED = 7,
       STATUS_RESOURCE_EXHAUSTED = 8,
       STATUS_UNIMPLEMENTED = 12,
       STATUS_INTERNAL = 13,
       STATUS_UNAVAILABLE = 14,
       STATUS_UNAUTHENTICATED = 16,
};

int grpc_status_parse(struct bytes value)
{
	return (int)decimal(value);
}

const char *grpc_status_name(int status)
{
	static const char *const names[] = {
		"OK",
		"CANCELLED",
		"UNKNOWN",
		"INVALID_ARGUMENT",
		"DEADLINE_EXCEEDED",
		"NOT_FOUND",
		"ALREADY_EXISTS",
		"PERMISSION_DENIED",
		"RESOURCE_EXHAUSTED",
		"FAILED_PRECONDITION",
		"ABORTED",
		"OUT_OF_RANGE",
		"UNIMPLEMENTED",
		"INTERNAL",
		"UNAVAILABLE",
		"DATA_LOSS",
		"UNAUTHENTICATED",
	};
	int n = sizeof(names) / sizeof(names[0]);

	return status >= 0 && status < n ? names[status] : NULL;
}

/* "HTTP to gRPC Status Code Mapping" */
int grpc_status_of_http(int http_status)
{
	switch (http_status) {
	case 400:
		return STATUS_INTERNAL;
	case 401:
		return STATUS_UNAUTHENTICATED;
	case 403:
		return STATUS_PERMISSION_DENIED;
	case 404:
		return STATUS_UNIMPLEMENTED;
	case 429:
	case 502:
	case 503:
	case 504:
		return STATUS_UNAVAILABLE;
	default:
		return STATUS_UNKNOWN;
	}
}

/* "HTTP2 Transport Mapping: Errors"; the codes are those of RFC 9113 7 */
int grpc_status_of_rst(uint32_t error_code)
{
	switch (error_code) {
	case 0x7: /* REFUSED_STREAM */
		return STATUS_UNAVAILABLE;
	case 0x8: /* CANCEL */
		return STATUS_CANCELLED;
	case 0xb: /* ENHANCE_YOUR_CALM */
		return STATUS_RESOURCE_EXHAUSTED;
	case 0xc: /* INADEQUATE_SECURITY */
		return STATUS_PERMISSION_DENIED;
	default:
		return STATUS_INTERNAL;
	}
}

/* ---- grpc-message ---- */

static int hex_digit(uint8_t c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that "%XX" at p stands for; -1: it is none. */
static int escaped(const uint8_t *p, size_t n)
{
	if (n < 3 || p[0] != '%' || hex_digit(p[1]) < 0 || hex_digit(p[2]) < 0)
		return -1;
	return hex_digit(p[1]) << 4 | hex_digit(p[2]);
}

struct bytes grpc_message_decode(struct bytes value, char *to, size_t size)
{
	size_t out = 0;

	for (size_t at = 0; at < value.n && out < size; out++) {
		int byte = escaped(value.p + at, value.n - at);

		to[out] = (char)(byte < 0 ? value.p[at] : byte);
		at += byte < 0 ? 1 : 3;
	}
	return bytes_of(to, out);
}
