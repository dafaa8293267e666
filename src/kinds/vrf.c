/* SPDX-License-Identifier: MIT */
/*
 * Job: vrf: a routing table of its own for the interfaces that are its ports (IFLA_VRF_TABLE).
 * Rules: drivers/net/vrf.c of the kernel.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "base/report.h"
#include "kinds/kind.h"

enum { VRF_MTU_MIN = 1280 }; /* vrf_setup(): less would switch IPv6 off */

enum vrf_field {
    VRF_TABLE,
    VRF_PORTS,
};

struct vrf {
    struct object o; /* parent: the interface */
    uint32_t table;
    struct list ports;
};

static const struct table port_table = {.name = "vrf port",
                                        .size = sizeof(struct port),
                                        .scalar = -1,
                                        .names = NAMES_IFACE,
                                        .null_ok = true,
                                        .doc = "An interface whose routes are in the vrf's table. "
                                               "It has no options."};

static const struct field vrf_fields[] = {
    [VRF_TABLE] = {.key = "table",
                   .type = FIELD_UINT,
                   AT(vrf, table),
                   .min = 1,
                   .max = UINT32_MAX,
                   .attribute = IFLA_VRF_TABLE,
                   .width = 4,
                   .flags = FIELD_REQUIRED | FIELD_FIXED,
                   .doc = "The number of its routing table. Routes and rules of the namespace can "
                          "name the vrf instead."},
    [VRF_PORTS] = {.key = "ports",
                   .type = FIELD_MAP,
                   AT(vrf, ports),
                   .table = &port_table,
                   .flags = FIELD_NAMES_OK,
                   .doc = "The interfaces that are in it, a list of names. The routes of their "
                          "addresses' networks are in its table."},
};

static const struct habit vrf_habits[] = {
    {"interfaces", "it is called 'ports'"}, {"members", "it is called 'ports'"},
    {"slaves", "it is called 'ports'"},     {"id", "it is called 'table'"},
    {"vrf-table", "it is called 'table'"},  {NULL, NULL}};

static const struct table vrf_table = {.name = "vrf",
                                       .size = sizeof(struct vrf),
                                       .fields = vrf_fields,
                                       .field_count = COUNT(vrf_fields),
                                       .scalar = -1,
                                       .habits = vrf_habits,
                                       .doc = "Options of a vrf."};

uint32_t iface_table(const struct iface *iface)
{
    const struct iface *vrf = iface->kind == &kind_vrf ? iface : iface->master;

    if (!vrf || vrf->kind != &kind_vrf || !vrf->options)
        return RT_TABLE_MAIN;
    return ((const struct vrf *)vrf->options)->table;
}

/* One table in two of them is none of either's. */
static void check_twin(const struct iface *iface, const struct source *source,
                       struct netlab_report *report)
{
    LIST_EACH (struct iface, other, &iface_netns(iface)->interfaces) {
        if (other == iface)
            return;
        if (other->kind != &kind_vrf || iface_table(other) != iface_table(iface))
            continue;
        report_error(report, EINVAL, source, object_mark(iface->options, VRF_TABLE),
                     "table %u is that of vrf %s already", iface_table(iface), other->o.name);
        return;
    }
}

static void check(const struct iface *iface, const struct source *source,
                  struct netlab_report *report)
{
    check_twin(iface, source, report);
    if (object_has(&iface->o, IFACE_MTU) && iface->mtu < VRF_MTU_MIN)
        report_error(report, EINVAL, source, object_mark(&iface->o, IFACE_MTU),
                     "the MTU of a vrf must be at least %d", VRF_MTU_MIN);
}

static void check_port(const struct port *port, const struct source *source,
                       struct netlab_report *report)
{
    if (port->iface->kind == &kind_vrf)
        report_error(report, EINVAL, source, port->o.mark, "vrf %s can not be a port of a vrf",
                     port->iface->o.name);
    else if (!port->iface->kind)
        report_error(report, EINVAL, source, port->o.mark, "lo can not be a port of a vrf");
}

const struct kind kind_vrf = {
    .name = "vrf",
    .flags = KIND_MEMBERS | KIND_NO_ARP | KIND_NO_LINK_LOCAL, /* addrconf_addr_gen() */
    .options = &vrf_table,
    .ports = offsetof(struct vrf, ports),
    .port_options = &port_table,
    .check = check,
    .check_port = check_port,
    .config = "CONFIG_NET_VRF",
    .module = "vrf",
    .doc = "A routing table of its own for some interfaces. With the first one the kernel adds a "
           "rule to the namespace (priority 1000), and keeps it.",
};
