/* SPDX-License-Identifier: MIT */
/*
 * Job: physical, a NIC of the host. It is not made but moved: into its namespace, and back.
 */
#include "kinds/physical.h"

#include <errno.h>
#include <linux/if_link.h>
#include <netlink/attr.h>
#include <string.h>

#include "base/arena.h"
#include "base/report.h"

struct physical *iface_physical(const struct iface *iface)
{
    return iface->kind == &kind_physical ? (struct physical *)iface->options : NULL;
}

bool physical_is_known(const struct physical *nic)
{
    return nic->address_length || nic->parent;
}

bool physical_is_same(const struct physical *a, const struct physical *b)
{
    if (a->address_length != b->address_length || !a->parent != !b->parent)
        return false;
    return memcmp(a->address, b->address, a->address_length) == 0 &&
           (!a->parent || strcmp(a->parent, b->parent) == 0);
}

void physical_read(struct physical *nic, struct nlattr *const *link)
{
    const struct nlattr *address = link[IFLA_PERM_ADDRESS], *parent = link[IFLA_PARENT_DEV_NAME];

    if (address && nla_len(address) <= NIC_ADDRESS_MAX) {
        nic->address_length = (uint8_t)nla_len(address);
        memcpy(nic->address, nla_data(address), nic->address_length);
    }
    nic->parent = parent ? nla_get_string(parent) : NULL;
}

int physical_note(struct iface *iface, struct nlattr *const *link, struct arena *arena)
{
    struct physical *nic = ARENA_NEW(arena, struct physical);

    if (!nic)
        return -ENOMEM;
    physical_read(nic, link);
    nic->o = (struct object){
        .table = kind_physical.options, .parent = &iface->o, .set = 1U << PHYSICAL_DEVICE};
    nic->device = iface->o.name;
    if (nic->parent) {
        nic->parent = arena_strdup(arena, nic->parent);
        if (!nic->parent)
            return -ENOMEM;
    }
    iface->kind = &kind_physical;
    iface->options = &nic->o;
    return 0;
}

static const struct field fields[] = {
    [PHYSICAL_DEVICE] = {.key = "device",
                         .type = FIELD_IFNAME,
                         AT(physical, device),
                         .flags = FIELD_FIXED | FIELD_BY_KIND,
                         .fallback = "the interface's own name",
                         .doc = "What it is called in the host's namespace."},
};

static const struct habit habits[] = {{"link", "the NIC itself moves; it is called 'device'"},
                                      {"dev", "it is called 'device'"},
                                      {"name", "it is called 'device'"},
                                      {NULL, NULL}};

static const struct table table = {.name = "physical",
                                   .size = sizeof(struct physical),
                                   .fields = fields,
                                   .field_count = COUNT(fields),
                                   .scalar = -1,
                                   .habits = habits,
                                   .doc = "Options of a NIC of the host."};

/* Another entry for the same NIC; NULL: there is none before this one. */
static const struct iface *find_rival(const struct iface *iface)
{
    const struct netlab_lab *lab = (const struct netlab_lab *)iface_netns(iface)->o.parent;
    const char *device = iface_physical(iface)->device;

    LIST_EACH (struct netns, netns, &lab->namespaces)
        LIST_EACH (struct iface, other, &netns->interfaces) {
            const struct physical *nic = iface_physical(other);

            if (other == iface)
                return NULL;
            if (nic && nic->device && strcmp(nic->device, device) == 0)
                return other;
        }
    return NULL;
}

static void check(const struct iface *iface, const struct source *source,
                  struct netlab_report *report)
{
    struct physical *nic = iface_physical(iface);
    const struct netns *netns = iface_netns(iface);
    const struct netlab_lab *lab = (const struct netlab_lab *)netns->o.parent;
    struct mark mark = object_mark(&nic->o, PHYSICAL_DEVICE);
    const struct iface *other;

    if (!object_has(&nic->o, PHYSICAL_DEVICE))
        mark = object_mark(&iface->o, IFACE_TYPE);
    if (netns->foreign) {
        report_error(report, EINVAL, source, object_mark(&iface->o, IFACE_TYPE),
                     "a NIC moves into namespaces that netlab makes, and %s is not one",
                     netns->o.name);
        if (netns->host)
            report_hint(report, "to use it in the host's namespace: existing: true");
        return;
    }
    if (iface->altnames.first)
        report_error(report, EINVAL, source, object_mark(&iface->o, IFACE_ALTNAMES),
                     "a NIC keeps the alternative names that it has");
    other = find_rival(iface);
    if (other)
        report_error(report, EINVAL, source, mark, "device %s is in namespace %s already",
                     nic->device, iface_netns(other)->o.name);
    other = lab->host ? netns_iface(lab->host, nic->device) : NULL;
    if (other)
        report_error(report, EINVAL, source, mark,
                     "device %s leaves the host's namespace, where it is declared, too",
                     nic->device);
}

static void settle(struct object *options)
{
    struct physical *nic = (struct physical *)options;

    if (!object_has(options, PHYSICAL_DEVICE))
        nic->device = options->parent->name;
}

/* Which NIC it is is seen by those who know its name on the host. */
static bool can_alter(const struct object *seen, const struct object *wanted)
{
    const struct physical *a = (const struct physical *)seen, *b = (const struct physical *)wanted;

    return a->device && strcmp(a->device, b->device) == 0;
}

const struct kind kind_physical = {
    .name = "physical",
    .flags = KIND_COMMON | KIND_MOVED,
    .options = &table,
    .settle = settle,
    .can_alter = can_alter,
    .check = check,
    .doc = "A NIC of the host: it moves into the namespace, and on `down` goes back under its old "
           "name, with the MTU, MAC address and state that it had. It must not be in use there, "
           "that is, have addresses or a master.",
};
