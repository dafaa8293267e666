/* SPDX-License-Identifier: MIT */
/*
 * Job: keep docs/reference.md in step with the tables of the topology file's words.
 */
#ifndef DOCS_REFERENCE_H
#define DOCS_REFERENCE_H

#include <stdio.h>

/*
 * Copy a page, with what stands between the lines `<!-- table NAME -->` or `<!-- kinds -->` and the
 * next `<!-- end -->` written anew. 0; -EINVAL: a marker that is unknown or not closed.
 */
int reference_write(const char *page, FILE *out);

#endif
