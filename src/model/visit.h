/* SPDX-License-Identifier: MIT */
/*
 * Job: walk all objects of a lab that stand for something in the kernel.
 * Depends on: lab.
 */
#ifndef NETLAB_MODEL_VISIT_H
#define NETLAB_MODEL_VISIT_H

#include "model/lab.h"

typedef void visit_fn(struct object *object, void *userdata);

/*
 * Namespaces with all that is in them, in the order of the file, then links. Ports come through
 * their interfaces (iface->port). Next hops are parts of routes and not visited, and tests stand
 * for nothing in the kernel.
 */
void lab_visit(struct netlab_lab *lab, visit_fn *visit, void *userdata);

#endif
