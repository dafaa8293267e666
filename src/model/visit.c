/* SPDX-License-Identifier: MIT */
/*
 * Job: walk all objects of a lab that stand for something in the kernel.
 */
#include "model/visit.h"

#include "model/ruleset.h"

static void visit_list(struct list *list, visit_fn *visit, void *userdata)
{
    LIST_EACH (struct object, object, list)
        visit(object, userdata);
}

void lab_visit(struct netlab_lab *lab, visit_fn *visit, void *userdata)
{
    LIST_EACH (struct netns, netns, &lab->namespaces) {
        visit(&netns->o, userdata);
        visit_list(&netns->sysctls, visit, userdata);
        LIST_EACH (struct iface, iface, &netns->interfaces) {
            visit(&iface->o, userdata);
            if (iface->port)
                visit(&iface->port->o, userdata);
            if (iface->netem)
                visit(&iface->netem->o, userdata);
            visit_list(&iface->altnames, visit, userdata);
            visit_list(&iface->addresses, visit, userdata);
        }
        if (netns->ruleset)
            visit(&netns->ruleset->o, userdata);
        visit_list(&netns->routes, visit, userdata);
        visit_list(&netns->rules, visit, userdata);
        visit_list(&netns->neighbors, visit, userdata);
        visit_list(&netns->services, visit, userdata);
    }
    visit_list(&lab->links, visit, userdata);
}
