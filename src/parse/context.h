/* SPDX-License-Identifier: MIT */
/*
 * Job: what the files of this room hand to each other while one topology is read.
 *
 * An object about which something was complained about is BROKEN, and so is all that it is part of:
 * rules that look at several things leave it alone, so that one mistake gives one error. An object
 * is OPEN when names that it holds may be missing: then names that lead nowhere in it are no error.
 * Both are bits of object.set that no field uses; a lab that has one is never handed out.
 */
#ifndef NETLAB_PARSE_CONTEXT_H
#define NETLAB_PARSE_CONTEXT_H

#include <errno.h>

#include "base/arena.h"
#include "base/report.h"
#include "model/lab.h"
#include "parse/tree.h"

struct parse {
    struct netlab_lab *lab;
    struct arena *scratch; /* gone when the lab is read */
    struct netlab_report *report;
    struct use root;
    bool links_open; /* some end of a link could not be read */
};

enum {
    OBJECT_BROKEN = 63,
    OBJECT_OPEN = 62,
};

#define ERROR(p, mark, ...) report_error((p)->report, EINVAL, &(p)->lab->source, mark, __VA_ARGS__)
#define WARN(p, mark, ...) report_warning((p)->report, &(p)->lab->source, mark, __VA_ARGS__)
#define HINT(p, ...) report_hint((p)->report, __VA_ARGS__)

static inline bool is_broken(const void *object)
{
    return object_has(object, OBJECT_BROKEN);
}

static inline bool is_open(const void *object)
{
    return object_has(object, OBJECT_OPEN);
}

static inline void set_open(void *object)
{
    ((struct object *)object)->set |= UINT64_C(1) << OBJECT_OPEN;
}

/* The object and all that it is part of. */
static inline void set_broken(void *object)
{
    for (struct object *o = object; o; o = o->parent)
        o->set |= UINT64_C(1) << OBJECT_BROKEN;
}

/* Whether looking for similar words is worth the time: past the maximum nothing is kept. */
static inline bool wants_hints(const struct parse *p)
{
    return netlab_report_count(p->report, NETLAB_ERROR) <= NETLAB_REPORT_MAX;
}

#endif
