/* SPDX-License-Identifier: MIT */
/*
 * Job: what has been proved of each link kind, as tests pass; a table of it in the end.
 */
#ifndef TESTS_PROOF_H
#define TESTS_PROOF_H

enum aspect {
    PROOF_PARSE,    /* a good file is taken, a bad value is pointed at */
    PROOF_UP,       /* the kernel has what the file says */
    PROOF_OBSERVE,  /* what others did is seen, and mended */
    PROOF_IN_PLACE, /* altered, it is the same interface */
    PROOF_DUMP,     /* what `dump` writes makes the same again */
    PROOF_SCRIPT,   /* and so does the script of `plan --format ip` */
    PROOF_TRAFFIC,  /* packets pass */
    PROOF_COUNT,
};

/* Tests are processes of their own: it is kept in a file. */
void proved(const char *kind, enum aspect aspect);
/* The same of each kind that a topology's text names as a type, and of veth where it has links. */
void proved_all(const char *yaml, enum aspect aspect);

/* `# proved KIND COUNT…`, a column for each aspect, a line for each kind of link_kinds[]; tests/run
   adds up what several kernels have proved. */
void proof_print(void);

#endif
