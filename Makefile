# hail: haild greets every connection, hail proves it.
# "make help" lists the targets; V=1 shows the commands.

VERSION  := 1.0
CC       ?= cc
PREFIX   ?= /usr/local
SANITIZE ?=

comma := ,
B     := build$(if $(SANITIZE),/sanitize-$(subst $(comma),-,$(SANITIZE)))
Q     := $(if $(V),,@)
say    = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))

# --- flags -----------------------------------------------------------------

WARN := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes \
	-Wconversion
HARD := -fstack-protector-strong
LINK := -Wl,-z,relro,-z,now
ifeq ($(SANITIZE),)
HARD += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
# Half of what a child costs is its address space: haild is static. ld warns
# that a static getaddrinfo(3) knows files and DNS only; haild(8) says so.
STATIC := -static-pie -Wl,--no-warnings
else
HARD += -DHAIL_SANITIZED -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
STATIC := -pie
# A kernel that scatters programs widely (vm.mmap_rnd_bits) puts them where
# sanitizers want to be: it is told not to, where that is permitted.
TAME   := $(shell setarch -R true 2>/dev/null && echo setarch -R)
endif

CFLAGS  ?= -O2 -g
ALL_CFLAGS = -std=gnu17 -fPIE $(WARN) $(HARD) $(CFLAGS) -Iinclude -D_GNU_SOURCE \
	-DLIBBSD_NETBSD_VIS -DHAIL_VERSION='"$(VERSION)"' -MMD -MP \
	$(shell pkg-config --cflags $(1))

SRV_LIBS := libbsd-overlay libseccomp libsodium
CLI_LIBS := libbsd-overlay jansson
TEST_LIBS := libbsd-overlay jansson libseccomp libsodium criterion
TEST_FLAGS = -Itests -DBUILD='"$(B)"'

# --- files -----------------------------------------------------------------

SHARED := srv/address.o srv/duration.o srv/greeting.o srv/reason.o
SRV    := $(patsubst %.c,%.o,$(wildcard srv/*.c))
CLI    := $(patsubst %.c,%.o,$(wildcard cli/*.c)) $(SHARED)
FUZZ   := $(patsubst %.c,%.o,$(wildcard tests/fuzz/*.c tests/words*.c)) \
	tests/post.o tests/rulebook.o
TESTS  := $(sort $(patsubst %.c,%.o,$(wildcard tests/*.c)) \
	$(filter-out %/main.o,$(FUZZ)))
# Everything but the two main()s can be tested in one program.
TESTED := $(sort $(filter-out %/main.o,$(SRV) $(CLI)))

.PHONY: all
all: $(B)/haild $(B)/hail ## build haild and hail

# Criterion's synthesis must stay the last line.
FILTER ?= *
.PHONY: test
test: ## install what tests need, build, run all of them; FILTER='scenario_*/*'
	$(Q)scripts/deps test
	$(Q)$(MAKE) --no-print-directory all $(B)/hail-tests
	$(Q)$(TAME) $(B)/hail-tests -j2 --filter '$(FILTER)'

# All is built once more, with what libFuzzer, which is clang's, needs.
.PHONY: fuzz
fuzz: ## look for input that breaks a parser, FUZZ_SECONDS=60 for each
	$(Q)scripts/deps fuzz
	$(Q)$(MAKE) --no-print-directory CC=clang B=build/fuzz \
		SANITIZE=fuzzer-no-link,address,undefined build/fuzz/fuzzer
	$(Q)scripts/fuzz

# To ThreadSanitizer the steward is the thread that asks him, because the C
# library knows of one only; helgrind sees two.
RACING := @(ledger/*|scenario_lanes/*|crew/a_worker_may*)
.PHONY: race
race: ## look for data races, wherever threads share memory
	$(Q)$(MAKE) --no-print-directory test SANITIZE=thread FILTER='$(RACING)'
	$(Q)$(MAKE) --no-print-directory $(B)/hail-tests
	$(Q)valgrind -q --tool=helgrind --trace-children=yes \
		--suppressions=tests/valgrind.supp --exit-on-first-error=yes \
		--error-exitcode=1 $(B)/hail-tests --filter 'steward/it_*'

.PHONY: soak
soak: all ## a million connections: does haild have then what it had before?
	$(Q)scripts/soak

# Whoever may not install compares with what is there.
.PHONY: bench
bench: ## compare haild with other servers, check what it must reach
	$(Q)scripts/deps bench || echo "bench: going on with what is installed"
	$(Q)$(MAKE) --no-print-directory all
	$(Q)scripts/bench

# What valgrind looks into must have shared libraries.
$(B)/shared/haild: STATIC := -pie
$(B)/haild $(B)/shared/haild: $(addprefix $(B)/,$(SRV))
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HARD) $(LINK) $(CFLAGS) $(STATIC) -o $@ $^ \
		$(shell pkg-config --static --libs $(SRV_LIBS)) -lm

$(B)/hail: $(addprefix $(B)/,$(CLI))
	$(call say,LINK,$@)
	$(Q)$(CC) $(HARD) $(LINK) $(CFLAGS) -pie -o $@ $^ \
		$(shell pkg-config --libs $(CLI_LIBS)) -lm

$(B)/hail-tests: $(addprefix $(B)/,$(TESTS) $(TESTED)) | $(B)/shared/haild
	$(call say,LINK,$@)
	$(Q)$(CC) $(HARD) $(LINK) $(CFLAGS) -pie -o $@ $^ \
		$(shell pkg-config --libs $(TEST_LIBS)) -lm

$(B)/fuzzer: $(addprefix $(B)/,$(FUZZ) $(TESTED))
	$(call say,LINK,$@)
	$(Q)$(CC) $(HARD) -fsanitize=fuzzer $(LINK) $(CFLAGS) -pie -o $@ $^ \
		$(shell pkg-config --libs $(filter-out criterion,$(TEST_LIBS))) -lm

$(B)/tests/%.o: tests/%.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(call ALL_CFLAGS,$(TEST_LIBS)) $(TEST_FLAGS) -c -o $@ $<

$(B)/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(call ALL_CFLAGS,$(CLI_LIBS)) -c -o $@ $<

-include $(patsubst %.o,$(B)/%.d,$(sort $(SRV) $(CLI) $(TESTS) $(FUZZ)))

# --- by hand ---------------------------------------------------------------

.PHONY: demo lint install clean help
demo: ## see a thousand clients greeted behind a backlog of 5
	$(Q)scripts/deps build
	$(Q)$(MAKE) --no-print-directory all
	$(Q)scripts/hailstorm -n 1000 -p 1000

C_FILES := $(wildcard srv/*.c cli/*.c tests/*.c tests/fuzz/*.c)
HEADERS := $(wildcard include/*.h include/*/*.h tests/*.h tests/fuzz/*.h)
SHELLS  := scripts/deps scripts/fuzz scripts/hailstorm \
	scripts/hailstorm-ends .ci/run

lint: ## format, warnings of gcc and clang, cppcheck, shellcheck, manuals
	$(Q)scripts/deps lint
	$(Q)scripts/deps test
	$(call say,LINT,clang-format)
	$(Q)clang-format --dry-run -Werror $(C_FILES) $(HEADERS)
	$(call say,LINT,"warnings of clang and gcc")
	$(Q)for cc in clang gcc; do $$cc $(filter-out -MMD -MP,$(call \
		ALL_CFLAGS,$(TEST_LIBS))) $(TEST_FLAGS) -Werror \
		-fsyntax-only $(C_FILES) || exit; done
	$(call say,LINT,cppcheck)
	$(Q)cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 \
		--enable=warning,performance,portability -Iinclude -Itests \
		-D_GNU_SOURCE srv cli
	$(call say,LINT,shellcheck)
	$(Q)shellcheck $(SHELLS)
	$(call say,LINT,mandoc)
	$(Q)mandoc -Tlint -Wwarning $(wildcard srv/*.8 cli/*.1)

install: all ## install below DESTDIR and PREFIX
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/bin \
		$(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(PREFIX)/share/man/man8
	install -m 755 $(B)/haild $(DESTDIR)$(PREFIX)/sbin
	install -m 755 $(B)/hail scripts/hailstorm scripts/hailstorm-ends \
		$(DESTDIR)$(PREFIX)/bin
	install -m 644 cli/hail.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 srv/haild.8 $(DESTDIR)$(PREFIX)/share/man/man8

clean: ## remove what was built
	rm -rf build

help: ## this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' \
		$(MAKEFILE_LIST)
