/* SPDX-License-Identifier: Apache-2.0 */
/* go_moduledata.h - runtime.firstmoduledata: where a program of Go has its code and its types. */
#ifndef L7SCOPE_GO_MODULEDATA_H
#define L7SCOPE_GO_MODULEDATA_H

#include "transport/go_image.h"
#include "transport/go_pclntab.h"

struct go_moduledata {
	struct go_range text, types; /* types.size 0: not where they are known to be */
};

/* Finds it by its first word, the address of the table.  minor: of the version of Go; -1: the newest. Returns
 * 0, or -1: there is none. */
int go_moduledata_find(struct go_moduledata *m, const struct go_pclntab *t, int minor);

#endif
