/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_names.c - names that local users choose: of cgroups, log files, libraries, and lines of
 * /proc/PID/maps; paths that are folded, URLs that are masked, text that is escaped.
 *
 * The input is the text; each parser gets it in memory of its own size.
 */
#include <stdlib.h>
#include <string.h>

#include "app/container_path.h"
#include "app/path_fold.h"
#include "require.h"
#include "sink/mask.h"
#include "sink/utf8.h"
#include "transport/uprobe_scan.h"
#include "transport/uprobe_version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool within(struct bytes part, struct bytes whole)
{
	return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void check_path(const struct container_path *p)
{
	REQUIRE(memchr(p->id, '\0', sizeof(p->id)));
	REQUIRE(memchr(p->pod_uid, '\0', sizeof(p->pod_uid)));
	REQUIRE(!*p->id || p->runtime > CONTAINER_SYSTEMD_UNIT);
}

static void containers(struct bytes in)
{
	struct container_path path = container_path_parse(in);
	struct container_cgroups cgroups = container_cgroups_parse(in);
	struct container_log_name name;

	check_path(&path);
	check_path(&cgroups.path);
	REQUIRE(within(cgroups.v2_path, in));
	if (container_log_name_parse(in, &name))
		REQUIRE(within(name.key, in) && within(name.pod, in) && within(name.namespace_, in) &&
			within(name.container, in));
	if (pod_log_name_parse(in, &name))
		REQUIRE(within(name.key, in) && within(name.pod, in) && within(name.namespace_, in) &&
			!name.container.n);
}

static void folded(struct bytes in)
{
	char small[16], large[512];
	struct bytes cut = path_fold(in, small, sizeof(small)), whole = path_fold(in, large, sizeof(large));

	REQUIRE(cut.n <= sizeof(small) && whole.n <= sizeof(large) && whole.n <= in.n + 1);
	REQUIRE(cut.n <= whole.n && memcmp(cut.p, whole.p, cut.n) == 0);
	REQUIRE(within(path_without_query(in), in));
}

/* What is masked once has nothing left to mask. */
static void masked(struct bytes in)
{
	struct masker m, again;
	struct bytes once, twice;

	masker_init(&m, false);
	masker_init(&again, false);
	once = mask_target(&m, in);
	twice = mask_target(&again, once);
	REQUIRE(once.n == twice.n && (once.n == 0 || memcmp(once.p, twice.p, once.n) == 0));
	once = mask_authority(&m, in);
	twice = mask_authority(&again, once);
	REQUIRE(once.n == twice.n && (once.n == 0 || memcmp(once.p, twice.p, once.n) == 0));
	masker_release(&m);
	masker_release(&again);
}

static void libraries(const char *text)
{
	char version[UPROBE_VERSION_LEN], *line = strdup(text);
	struct uprobe_library library;
	struct uprobe_mapping m;

	REQUIRE(line);
	if (uprobe_mapping_parse(line, &m))
		REQUIRE(m.path >= line && m.path <= line + strlen(text));
	free(line);
	line = strdup(text);
	REQUIRE(line);
	uprobe_path_cut_deleted(line);
	free(line);
	uprobe_library_of(text, &library);
	uprobe_is_library(text);
	for (int family = 0; family < UPROBE_FAMILIES; family++) {
		if (uprobe_version_of_string(family, text, version))
			REQUIRE(memchr(version, '\0', sizeof(version)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t *copy = malloc(n + !n);
	char *text = strndup((const char *)data, n);
	struct bytes in = bytes_of(copy, n);

	REQUIRE(copy && text);
	memcpy(copy, data, n);
	containers(in);
	folded(in);
	masked(in);
	libraries(text);
	free(copy);
	free(text);
	return 0;
}
