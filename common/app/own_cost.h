/* SPDX-License-Identifier: Apache-2.0 */
/* own_cost.h - what the tool itself has cost the machine: --stats. */
#ifndef L7SCOPE_OWN_COST_H
#define L7SCOPE_OWN_COST_H

#include <stdio.h>

#include "app/source.h"

/* A row for each BPF program that ran, their sum, and what this process and those it started took. */
void own_cost_print(const char *tool, struct source *source, FILE *out);

#endif
