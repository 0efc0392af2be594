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
HARD := -fstack-protector-strong -Wl,-z,relro,-z,now
ifeq ($(SANITIZE),)
HARD += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
# Half of what a child costs is its address space: haild is static. ld warns
# that a static getaddrinfo(3) knows files and DNS only; haild(8) says so.
STATIC := -static-pie -Wl,--no-warnings
else
HARD += -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
STATIC := -pie
endif

CFLAGS  ?= -O2 -g
ALL_CFLAGS = -std=gnu17 -D_GNU_SOURCE -DLIBBSD_NETBSD_VIS -fPIE $(WARN) $(HARD) $(CFLAGS) -Iinclude \
	-DHAIL_VERSION='"$(VERSION)"' -MMD -MP $(shell pkg-config --cflags $(1))

SRV_LIBS := libbsd-overlay libsodium
CLI_LIBS := libbsd-overlay jansson
TEST_LIBS := libbsd-overlay jansson libsodium criterion

# --- files -----------------------------------------------------------------

SHARED := srv/address.o srv/duration.o srv/greeting.o srv/reason.o
SRV    := $(patsubst %.c,%.o,$(wildcard srv/*.c))
CLI    := $(patsubst %.c,%.o,$(wildcard cli/*.c)) $(SHARED)
TESTS  := $(patsubst %.c,%.o,$(wildcard tests/*.c))
# Everything but the two main()s can be tested in one program.
TESTED := $(sort $(filter-out %/main.o,$(SRV) $(CLI)))

.PHONY: all
all: $(B)/haild $(B)/hail ## build haild and hail

# Criterion's synthesis must stay the last line.
.PHONY: test
test: ## install what tests need, build, run all of them
	$(Q)scripts/deps test
	$(Q)$(MAKE) --no-print-directory all $(B)/hail-tests
	$(Q)$(B)/hail-tests -j2 --timeout 300

$(B)/haild: $(addprefix $(B)/,$(SRV))
	$(call say,LINK,$@)
	$(Q)$(CC) $(HARD) $(CFLAGS) $(STATIC) -o $@ $^ \
		$(shell pkg-config --static --libs $(SRV_LIBS)) -lm

$(B)/hail: $(addprefix $(B)/,$(CLI))
	$(call say,LINK,$@)
	$(Q)$(CC) $(HARD) $(CFLAGS) -pie -o $@ $^ \
		$(shell pkg-config --libs $(CLI_LIBS)) -lm

$(B)/hail-tests: $(addprefix $(B)/,$(TESTS) $(TESTED))
	$(call say,LINK,$@)
	$(Q)$(CC) $(HARD) $(CFLAGS) -pie -o $@ $^ \
		$(shell pkg-config --libs $(TEST_LIBS)) -lm

$(B)/tests/%.o: tests/%.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(call ALL_CFLAGS,$(TEST_LIBS)) -DBUILD='"$(B)"' -c -o $@ $<

$(B)/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(call ALL_CFLAGS,$(CLI_LIBS)) -c -o $@ $<

-include $(patsubst %.o,$(B)/%.d,$(sort $(SRV) $(CLI) $(TESTS)))
