# SPDX-License-Identifier: Apache-2.0
#
# New files join by themselves: common/LAYER/x.c, bpf_src/x.bpf.c, tools/x.c, tests/unit/test_x.c, tests/fuzz/fuzz_x.c,
# tests/{bpf,e2e,bench,...}/x.c, man/man8/x.8.  Everything built lands in build/.

MAKEFLAGS += --no-builtin-rules
SHELL = /bin/sh
.DELETE_ON_ERROR:
.SECONDARY:

B := build
PREFIX ?= /usr/local
CLANG ?= clang
FUZZ_SECONDS ?= 60
SOAK_SECONDS ?= 1800
PAIRS ?= 3
ifeq ($(origin CC),default)
CC := gcc
endif
ifneq ($(V),1)
Q := @
say = @printf '  %-6s %s\n' $(1) $(2)
endif

# ---- what there is ----
VERSION   := $(shell cat VERSION)
COMMON    := $(wildcard common/*/*.c)
PIECES    := bpf_src/wire.h $(sort $(wildcard bpf_src/*.bpf.c))
TOOLS     := $(patsubst tools/%.c,%,$(wildcard tools/*.c))
UNIT      := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/test_*.c))
FUZZERS   := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCHES   := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/*.c))
PROGRAMS  := $(patsubst %.c,$(B)/%,$(wildcard $(foreach d,bpf replay cli e2e vm,tests/$d/*.c)))
PEERS     := $(B)/tests/e2e/grpc_peer_cpp $(B)/tests/e2e/grpc_peer_go $(B)/tests/e2e/node_modules/.package-lock.json
MAN8      := $(wildcard man/man8/*.8)
MAN7      := $(wildcard man/man7/*.7)
ALL_C     := $(COMMON) $(wildcard tools/*.c tests/*.c tests/*/*.c)

# ---- how it is built ----
PACKAGES  := libbpf libelf zlib yajl libpcre2-8 libseccomp libcap-ng
WARNINGS  := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes $(if $(WERROR),-Werror)
INCLUDES  := -Icommon -Ibpf_src -I$(B)
BASE      := -std=gnu11 -D_GNU_SOURCE -g $(WARNINGS) $(INCLUDES) -pthread
X86       := $(filter x86_64-% i%86-%,$(shell $(CC) -dumpmachine))
HARDEN    := -fPIE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection $(if $(X86),-fcf-protection)
SANITIZE  := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ      := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
CFLAGS    ?= -O2
LDFLAGS   ?=
LINK_HARD := -pie -Wl,-z,relro,-z,now,-z,noexecstack
# tests/harness.c makes the nth allocation of our own objects fail; ASan still sees the others
WRAP      := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=strndup
LIBS      := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null || echo -lbpf -lelf -lz -lyajl -lpcre2-8 -lseccomp -lcap-ng) -pthread -ldl
# of what has a screen: conntop
CURSES    := $(shell pkg-config --libs ncursesw 2>/dev/null || echo -lncursesw -ltinfo)
CHECK     := $(shell pkg-config --libs check 2>/dev/null || echo -lcheck)

# $(call stamp,NAME,TEXT): build/.NAME is touched only when TEXT changes, so that added and removed files and changed
# flags rebuild what depends on them.
stamp = $(shell mkdir -p $(B); [ "$$(cat $(B)/.$(1) 2>&1)" = '$(strip $(2))' ] || echo '$(strip $(2))' >$(B)/.$(1))
ifneq ($(MAKECMDGOALS),clean)
$(call stamp,flags,$(CC) $(CLANG) $(BASE) $(HARDEN) $(CFLAGS) $(SANITIZE) $(FUZZ) $(LDFLAGS) $(LIBS) $(CURSES))
$(call stamp,sources,$(COMMON))
$(call stamp,pieces,$(PIECES))
endif

.PHONY: all check check-programs check-vm bench bench-keep soak demo lint format fuzz man install clean
all: $(TOOLS:%=$(B)/%)

# ---- the library of common/: plain, sanitized (unit tests), and for the fuzzers ----
$(B)/bpf_pieces.c: scripts/embed-bpf.sh $(PIECES) $(B)/.pieces
	$(call say,EMBED,$@)
	$(Q)scripts/embed-bpf.sh $(PIECES) >$@

$(B)/version.h: VERSION
	$(Q)printf '#define L7SCOPE_VERSION "%s"\n' '$(VERSION)' >$@

# $(call objects,DIR,COMPILER,FLAGS): how build/DIR/x.o and build/DIR/libl7scope.a are made
define objects
$(B)/$(1)/%.o: %.c $(B)/.flags | $(B)/version.h
	$$(call say,$(1),$$<)
	$$(Q)mkdir -p $$(@D) && $(2) $(BASE) $(3) -MMD -MP -c $$< -o $$@
$(B)/$(1)/libl7scope.a: $(COMMON:%.c=$(B)/$(1)/%.o) $(B)/$(1)/$(B)/bpf_pieces.o $(B)/.sources
	$$(Q)rm -f $$@ && ar rcs $$@ $$(filter %.o,$$^)
endef
$(eval $(call objects,obj,$(CC),$(HARDEN) $(CFLAGS)))
$(eval $(call objects,san,$(CC),$(SANITIZE) -Itests))
$(eval $(call objects,fuzz,$(CLANG),$(FUZZ) -fsanitize=fuzzer-no-link -Itests))

# ---- programs ----
$(B)/conntop: LIBS += $(CURSES)
$(TOOLS:%=$(B)/%): $(B)/%: $(B)/obj/tools/%.o $(B)/obj/libl7scope.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK_HARD) $(LDFLAGS) $^ -o $@ $(LIBS)

# the tools with ASan, UBSan and LeakSanitizer, for tests/cli/test_sanitized
SANITIZED := $(TOOLS:%=$(B)/sanitized/%)
$(B)/sanitized/conntop: LIBS += $(CURSES)
$(SANITIZED): $(B)/sanitized/%: $(B)/san/tools/%.o $(B)/san/libl7scope.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(SANITIZE) $(LDFLAGS) $^ -o $@ $(LIBS)

$(PROGRAMS) $(BENCHES): $(B)/tests/%: $(B)/obj/tests/%.o $(B)/obj/libl7scope.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS) $(LINK_HARD) $(LDFLAGS) $^ -o $@ $(LIBS)

$(UNIT): $(B)/tests/unit/%: $(B)/san/tests/unit/%.o $(patsubst %.c,$(B)/san/%.o,$(wildcard tests/*.c)) $(B)/san/libl7scope.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(SANITIZE) $(WRAP) $(LDFLAGS) $^ -o $@ $(CHECK) $(LIBS)

$(FUZZERS): $(B)/tests/fuzz/%: $(B)/fuzz/tests/fuzz/%.o $(B)/fuzz/libl7scope.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CLANG) $(FUZZ) -fsanitize=fuzzer $(LDFLAGS) $^ -o $@ $(LIBS)

# ---- tests ----
check-programs: all $(SANITIZED) $(UNIT) $(FUZZERS) $(PROGRAMS) $(PEERS)

# peers in other languages, for the end-to-end tests of gRPC
GRPC      := tests/e2e/grpc_peers
$(B)/tests/e2e/grpc_peer_cpp: $(GRPC)/peer.cc $(GRPC)/build
	$(call say,CXX,$@)
	$(Q)$(GRPC)/build cpp $@
$(B)/tests/e2e/grpc_peer_go: $(GRPC)/peer.go $(GRPC)/build
	$(call say,GO,$@)
	$(Q)$(GRPC)/build go $@
$(B)/tests/e2e/node_modules/.package-lock.json: $(GRPC)/package.json $(GRPC)/package-lock.json $(GRPC)/build
	$(call say,NPM,$(@D))
	$(Q)$(GRPC)/build node $@

check: check-programs
	$(Q)tests/run $(TESTS)

# the suite of `check` that runs in virtual machines, alone: KERNEL=5.10, 6.1, 6.12, newest, all
check-vm: check-programs
	$(Q)scripts/vm/check $(KERNEL) $(if $(TESTS),-- $(TESTS))

# PAIRS=N: more pairs of runs for each figure.  bench-keep: the last table is the one to compare with from now on
bench: all $(BENCHES)
	$(Q)PAIRS=$(PAIRS) tests/bench/run $(TESTS)
bench-keep:
	$(Q)tests/bench/run --keep

# mixed traffic for half an hour: flat memory, exact sums
soak: all
	$(Q)L7SCOPE_SOAK_SECONDS=$(SOAK_SECONDS) tests/e2e/test_soak

fuzz: $(FUZZERS)
	$(Q)tests/run --fuzz $(FUZZ_SECONDS) $(TESTS)

demo:
	$(Q)scripts/demo

# ---- lint: clang-tidy leaves one stamp per file, so that a second run looks only at what changed ----
SOURCES   := $(sort $(ALL_C) $(wildcard bpf_src/*.[ch] common/*/*.h tests/*.h tests/*/*.h))
LINTS     := format layers headers files shell cppcheck tidy analyzer bpf docs
.PHONY: lint $(LINTS:%=lint-%)
lint: $(LINTS:%=lint-%)
lint-format:
	$(call say,LINT,clang-format)
	$(Q)clang-format --dry-run -Werror $(SOURCES)
format:
	$(Q)clang-format -i $(SOURCES)
lint-bpf: all
lint-layers lint-files lint-bpf: lint-%:
	$(call say,LINT,check-$*)
	$(Q)CLANG='$(CLANG)' scripts/check-$*
lint-headers: | $(B)/version.h
	$(call say,LINT,check-headers)
	$(Q)CC='$(CC)' scripts/check-headers $(BASE)
lint-shell:
	$(call say,LINT,shellcheck)
	$(Q)shellcheck $$(grep -lE '^#!/bin/(ba)?sh' $$(find scripts tests .ci -type f))
lint-cppcheck: | $(B)/version.h
	$(call say,LINT,cppcheck)
	$(Q)cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr --enable=warning,performance,portability \
		--suppress=missingIncludeSystem --suppress=returnDanglingLifetime -D_GNU_SOURCE \
		'-DLIBBPF_OPTS(type,name,...)=struct type name = {__VA_ARGS__}' -j2 $(INCLUDES) $(COMMON) $(wildcard tools/*.c)
# states looked at per function: a tenth of the default costs a tenth of the time and finds the same here
ANALYZE   := -Xclang -analyzer-config -Xclang max-nodes=20000
lint-tidy: $(patsubst %.c,$(B)/tidy/%.ok,$(COMMON) $(wildcard tools/*.c))
$(B)/tidy/%.ok: %.c $(B)/obj/%.o .clang-tidy
	$(call say,TIDY,$<)
	$(Q)clang-tidy --quiet $< -- $(BASE) $(ANALYZE) 2>/dev/null && mkdir -p $(@D) && touch $@
# gcc's analyzer.  Its leaks and NULLs are false here (a sink that is returned by its first member; a list that is
# empty when it is NULL): LeakSanitizer and clang-tidy look for those.
lint-analyzer: $(patsubst %.c,$(B)/analyzed/%.ok,$(COMMON) $(wildcard tools/*.c))
$(B)/analyzed/%.ok: %.c $(B)/obj/%.o
	$(call say,ANALYZ,$<)
	$(Q)mkdir -p $(@D) && gcc $(BASE) -O1 -fanalyzer -Wno-analyzer-malloc-leak -Wno-analyzer-null-dereference -Werror \
		-c $< -o $(@:.ok=.o) && mv $(@:.ok=.o) $@
lint-docs: all man
	$(call say,LINT,check-docs)
	$(Q)[ ! -e scripts/check-docs.sh ] || sh scripts/check-docs.sh

# ---- documents and installation ----
man: $(MAN8) $(MAN7)
	$(Q)for page in $^; do groff -man -Tutf8 -ww "$$page" 2>&1 >/dev/null | grep . && exit 1; done; true

install: all
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/share/man/man7 $(DESTDIR)$(PREFIX)/share/man/man8
	$(if $(TOOLS),install -m 755 $(TOOLS:%=$(B)/%) $(DESTDIR)$(PREFIX)/sbin)
	$(if $(MAN8),install -m 644 $(MAN8) $(DESTDIR)$(PREFIX)/share/man/man8)
	$(if $(MAN7),install -m 644 $(MAN7) $(DESTDIR)$(PREFIX)/share/man/man7)

clean:
	rm -rf $(B)

-include $(shell find $(B) -name '*.d' 2>/dev/null)
