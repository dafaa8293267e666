/* SPDX-License-Identifier: MIT */
/*
 * Job: read any text as a topology; look at what comes out.
 * In: bytes. Out: nothing, or an abort: a lab that was taken must be whole, one that was not must
 * have a reason, and both ways must print.
 */
#include "fuzz.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlab/report.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "kinds/kind.h"
#include "model/test.h"
#include "parse/parse.h"

static void look_at_object(const struct object *o)
{
    MUST(o->table);
    MUST(o->set >> o->table->field_count == 0);
    for (unsigned i = 0; i < o->table->field_count; i++)
        MUST(!object_has(o, i) || o->marks[i].line);
}

static void look_at_iface(const struct netns *netns, const struct iface *iface)
{
    const struct list *ports = iface_ports(iface);

    look_at_object(&iface->o);
    MUST(iface_netns(iface) == netns);
    MUST(netns_iface(netns, iface->o.name) == iface);
    MUST(strlen(iface->o.name) <= IFACE_NAME_MAX);
    MUST(iface->kind || iface == netns->lo);
    MUST(!iface->ifindex);
    MUST((iface->kind == &kind_veth) == (iface->link != NULL));
    if (iface->link) {
        MUST(iface->link->ends[iface->end].iface == iface);
        MUST(iface_peer(iface) && iface_peer(iface) != iface);
    }
    if (iface->options)
        look_at_object(iface->options);
    if (iface->master)
        MUST(iface_netns(iface->master) == netns && iface_ports(iface->master));
    if (ports)
        LIST_EACH (struct port, port, ports) {
            look_at_object(&port->o);
            MUST(port->iface && port->iface->master == iface && port->iface->port == port);
        }
    LIST_EACH (struct address, address, &iface->addresses) {
        look_at_object(&address->o);
        MUST(address->address.ip.family == AF_INET || address->address.ip.family == AF_INET6);
        MUST(address->address.length <= 128 && address->peer.length <= 128);
        MUST(address->o.parent == &iface->o);
    }
}

static void look_at_netns(const struct netlab_lab *lab, const struct netns *netns)
{
    look_at_object(&netns->o);
    MUST(strmap_get(&lab->names, netns->o.name) == netns);
    MUST(parse_is_name(netns->o.name));
    MUST(netns->foreign || (netns->lo && netns->hostname));
    LIST_EACH (struct iface, iface, &netns->interfaces)
        look_at_iface(netns, iface);
    LIST_EACH (struct route, route, &netns->routes) {
        look_at_object(&route->o);
        MUST(route->family == AF_INET || route->family == AF_INET6);
        MUST(route->to.ip.family == route->family);
        MUST(route->table && route->type);
        MUST(!route->dev.name || route->dev.iface || netns->foreign);
    }
    LIST_EACH (struct rule, rule, &netns->rules) {
        look_at_object(&rule->o);
        MUST(rule->family == AF_INET || rule->family == AF_INET6);
        MUST(rule->action);
    }
    LIST_EACH (struct neighbor, neighbor, &netns->neighbors)
        MUST(neighbor->dev.iface || netns->foreign);
    LIST_EACH (struct sysctl, sysctl, &netns->sysctls) {
        MUST(sysctl->value && strncmp(sysctl->path, "net/", 4) == 0);
        MUST(!strstr(sysctl->path, "/../") && !strchr(sysctl->value, '\n'));
    }
}

static int look_at_pair(const struct pair *pair, void *userdata)
{
    const struct test *test = userdata;

    MUST(test->kind == TEST_EXEC || pair->ip.family == AF_INET || pair->ip.family == AF_INET6);
    MUST((pair->port != 0) == (test->kind == TEST_TCP || test->kind == TEST_UDP));
    MUST(test->kind != TEST_ARP || pair->ip.family == AF_INET);
    return test->kind == TEST_EXEC ? 0
                                   : pair->ip.bytes[1] == 77; /* some are not walked to the end */
}

static void look_at_test(const struct netlab_lab *lab, struct test *test)
{
    char text[TEST_TEXT];

    look_at_object(&test->o);
    MUST(test->body && test->bodies[test->kind] == test->body && test->body->from.first);
    MUST(!test->body->dev.name || *test->body->dev.name);
    MUST(*test_text(test, text) && strlen(text) < sizeof text && !strchr(text, '\n'));
    LIST_EACH (struct place, place, &test->body->from)
        MUST(place->all || place->host || place->netns);
    LIST_EACH (struct place, place, &test->body->to)
        MUST(place->all || place->netns || place->ip.family);
    LIST_EACH (struct place, place, &test->body->listen)
        MUST(place->host || place->netns);
    test_pairs(lab, test, look_at_pair, test);
}

static void look_at_lab(const struct netlab_lab *lab)
{
    MUST(parse_is_name(lab->name));
    look_at_object(&lab->o);
    LIST_EACH (struct netns, netns, &lab->namespaces)
        look_at_netns(lab, netns);
    LIST_EACH (struct link, link, &lab->links) {
        look_at_object(&link->o);
        for (unsigned end = 0; end < 2; end++)
            MUST(link->ends[end].iface && link->ends[end].iface->link == link);
    }
    LIST_EACH (struct test, test, &lab->tests)
        look_at_test(lab, test);
}

static void look_at_report(const struct netlab_report *report)
{
    for (size_t i = 0; i < netlab_report_size(report); i++) {
        const struct netlab_diagnostic *d = netlab_report_get(report, i);

        MUST(*d->message && !strchr(d->message, '\n'));
        MUST(!d->hint || !strchr(d->hint, '\n'));
        MUST(d->length >= 1 && (!d->line || (d->column && d->source)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct netlab_report *report = netlab_report_new();
    FILE *null = fopen("/dev/null", "we");
    struct netlab_lab *lab = NULL;
    char name[LAB_NAME_MAX + 1];
    int err;

    MUST(report && null);
    err = parse_lab((const char *)data, size, "fuzz.yaml", &lab, report);
    MUST(err == 0 || err == -EINVAL);
    MUST((err == 0) == (lab != NULL));
    MUST((err == 0) == (netlab_report_count(report, NETLAB_ERROR) == 0));
    look_at_report(report);
    netlab_report_print(report, null, NETLAB_REPORT_TEXT);
    netlab_report_print(report, null, NETLAB_REPORT_JSON);
    if (lab) {
        look_at_lab(lab);
        follow(lab, null);
    }
    netlab_report_clear(report);
    err = parse_name((const char *)data, size, "fuzz.yaml", name, report);
    MUST(err == 0 || (err == -EINVAL && !lab && netlab_report_count(report, NETLAB_ERROR)));
    MUST(!lab || strcmp(lab->name, name) == 0);
    lab_free(lab);
    netlab_report_free(report);
    fclose(null);
    return 0;
}
