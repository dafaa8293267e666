/* SPDX-License-Identifier: MIT */
/*
 * Job: what the tests share that bring a lab from one state to another: files with edits, what
 * `netlab diff` says, and evidence that what needs no change was not touched.
 */
#ifndef TESTS_BETWEEN_H
#define TESTS_BETWEEN_H

#include "kernel.h"

/* For comparing with what was made afresh. */
enum { DUMP_ANEW = DUMP_NO_INDEX | DUMP_NO_RANDOM | DUMP_NO_TRACES };

/* Texts; the part must be in there exactly once. */
int line_of(const char *yaml, const char *part);
const char *edited(const char *yaml, const char *part, const char *by);
/* Whether a list of words with blanks between has that word. */
bool listed(const char *words, const char *word);

/*
 * Two files, `rich_before` and `rich_after`, that differ in everything that a file can say, also in
 * what they have in the host. crowded(): with namespaces h<first>, … more.
 */
extern const char rich_before[], rich_after[];
const char *crowded(const char *rich, int hosts, int first);

/* What `netlab diff` says, as text and as JSON: both must tell the same. */
struct differences {
    const char *file, *text;
    json_t *json;
    int count, others; /* how many lines there are of each sort */
};

struct differences diff_of(const char *file);

/* A line about that line of the file has all these words. Sign: '+', '-', '~'; 0: any. */
struct told {
    int line; /* 0: any, or none */
    char sign;
    const char *what[4];
};

bool tells(const struct differences *differences, const struct told *told);
/* How many lines about things of others have all these words. */
int tells_of_others(const struct differences *differences, const char *const what[4]);

/* `diff` finds nothing, and `up` finds nothing to do. Of others there are that many things. */
#define is_right(file, others) is_right_at(__FILE__, __LINE__, file, others)
void is_right_at(const char *at_file, int at_line, const char *file, int others);

/* Facts in shell: shows TEXT COMMAND…, hides TEXT COMMAND…, is VALUE COMMAND…, fails COMMAND… */
#define facts(script) facts_at(__FILE__, __LINE__, script)
void facts_at(const char *file, int line, const char *script);

/*
 * Which namespaces and interfaces these are, by inode and index. What was there before and still is
 * must be the same, but for those in the list: NS, or NS:IF (`host` is the current namespace).
 */
const char *identities(void);
void same_identities(const char *before, const char *after, const char *but);

/* The kernel's own record of what happens in namespaces (`host`: the current one). */
void watch(const char *namespaces);
/* Fails if anything has happened. Ends watching. */
void nothing_happened(const char *namespaces);

/* A TCP connection that is kept open. */
struct talk {
    const char *from, *to;
    int client, server;
};

struct talk talk_begin(const char *from, const char *to, const char *address);
void talk_goes_on(const struct talk *talk);
void talk_end(const struct talk *talk);

/* Starts netlab, sends a signal after some microseconds, and gives the exit status. */
int interrupt_netlab(const char *verb, const char *file, int signal, unsigned after);
/* A moment within the time that something takes, or a little later. */
unsigned some_moment(double milliseconds);
void seed_moments(void);

Suite *drift_suite(void);
Suite *drift_links_suite(void);
Suite *drift_addresses_suite(void);
Suite *drift_settings_suite(void);
Suite *drift_host_suite(void);
Suite *others_suite(void);
Suite *change_suite(void);
Suite *change_settings_suite(void);
Suite *change_host_suite(void);
Suite *change_whole_suite(void);

#endif
