/* SPDX-License-Identifier: MIT */
/*
 * Job: what the tests of convergence share: labs to begin with, what a lab needs and what it has
 * become, connections over it.
 *
 * NETLAB_SEED: the same choices again. NETLAB_PAIRS: how many rounds of each property, over all
 * labs (60). NETLAB_EXAMPLE: only labs of these names, NETLAB_PAIR: only the round of that
 * number; a failure says all three. NETLAB_EDIT: only edits of that name (fnmatch).
 */
#ifndef TESTS_CONVERGE_H
#define TESTS_CONVERGE_H

#include "edits.h"
#include "kernel.h"

/* Labs to begin with: the examples, the good files of the parser, those of the kernel's tests. */
struct source {
    const char *name, *yaml;
    int weight; /* its share of the rounds */
    bool left_out;
};

/* Fixture: sandbox_enter, with the devices of others that some of the labs refer to. */
void converge_enter(void);

int source_count(void);
struct source source_at(int number);

long converge_seed(void);
/* Which rounds are to be done with a lab: 0 … count - 1, or one of them. */
struct rounds {
    int first, end;
};
struct rounds source_rounds(int number);
/* The random numbers of one round. */
struct random round_random(int number, int round, const char *property);
/* What kind of thing is to be done in a round: each kind gets its turn. */
unsigned round_turn(int number, int round, unsigned kinds);
/* For messages: how to have that round again. */
const char *round_text(int number, int round);

/* A lab's file as it would be after an edit that netlab accepts. */
struct edited {
    const char *yaml, *words, *kind;
};

/* Some edit, of that kind if it is possible here. The file is written in trying. */
struct edited edit_good(const char *file, const char *yaml, unsigned kind, struct random *random);
const char *source_write(const struct source *source, const char *yaml);

/* Everything the kernel and netlab show of a lab that is up: sorted lines, the same for the same
 * network. */
const char *snapshot(const char *file);

/* What a file asks for: the commands of `netlab plan --format ip`, without the indexes. */
struct script {
    char **lines; /* sorted */
    size_t count;
};

struct script script_of(const char *file);
/* The commands that are only in one of both. */
struct script script_difference(const struct script *one, const struct script *other);
/* The name of the namespace that a command is for ("host" too); the object: link, addr, …. */
const char *command_netns(const char *command);
const char *command_object(const char *command);
/* Whether a command names an interface of a namespace. */
bool command_concerns(const char *command, const char *netns, const char *iface);
/* The interfaces that are at most altered on the way, since both make them: ` NS:IF NS:IF `. */
const char *script_keeps(const struct script *from, const struct script *to);
/* The most steps that may be done to get from one to the other. */
size_t script_bound(const struct script *from, const struct script *to, bool reordered);

/* A way between two addresses of a network, over a link or a bridge. */
struct path {
    const char *from, *source; /* namespace (NULL: the host's) and address */
    const char *to, *address;
    struct {
        const char *netns, *name;
    } ifaces[5]; /* all that it goes over; the first and second are the ends */
    size_t count;
};

json_t *lab_status(const char *file);
/* What tells interfaces from others of their names; of those in a list as script_keeps() has it. */
const char *devices(json_t *status, const char *ifaces);
/* The ways over what is the same in both labs, in random order. */
struct path *paths_unconcerned(json_t *one, json_t *other, const struct script *difference,
                               struct random *random, size_t *ret_count);
/* Whether packets between its ends go that way now. */
bool path_works(const struct path *path);
/* What changes if one of its interfaces is made anew, or goes down and up. */
const char *path_marks(const struct path *path);

Suite *edits_suite(void);
Suite *property_suite(void);
Suite *each_kind_suite(void);
Suite *drift_suite(void);

#endif
