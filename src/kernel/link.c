/* SPDX-License-Identifier: MIT */
/*
 * Job: RTM_NEWLINK by hand: libnl drops attributes of a veth's peer, has no bridge options, and
 * moves what can be made in its place.
 * In: ops on links. Out: messages.
 *
 * A link is born in its final namespaces with its final names, indexes, MTU, MAC and master in one
 * message. One transmit and receive queue each: the kernel's default (one a CPU) costs an RCU grace
 * period at every creation.
 */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/internal.h"
#include "kinds/kind.h"

#ifndef RTEXT_FILTER_SKIP_STATS
#define RTEXT_FILTER_SKIP_STATS (1 << 3)
#endif

unsigned if_nametoindex(const char *name); /* <net/if.h> and <linux/if.h> do not mix */

static int see_index(const struct nlmsghdr *message, void *userdata)
{
    const struct ifinfomsg *header = nlmsg_data(message);

    if (message->nlmsg_type == RTM_NEWLINK)
        *(uint32_t *)userdata = (uint32_t)header->ifi_index;
    return 0;
}

static struct nl_msg *begin(int type, int flags, const struct ifinfomsg *header)
{
    struct nl_msg *msg = nlmsg_alloc_size(1024);

    if (msg && (!nlmsg_put(msg, 0, 0, type, 0, flags) ||
                nlmsg_append(msg, (void *)header, sizeof *header, NLMSG_ALIGNTO) < 0)) {
        nlmsg_free(msg);
        return NULL;
    }
    return msg;
}

static uint32_t ask_index(struct channel *channel, const char *name)
{
    const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
    struct nl_msg *msg = begin(RTM_GETLINK, 0, &header);
    uint32_t index = 0;

    if (msg && nla_put_string(msg, IFLA_IFNAME, name) < 0) {
        nlmsg_free(msg);
        msg = NULL;
    }
    (void)channel_request(channel, msg, see_index, &index); /* 0 will be refused at its line */
    return index;
}

uint32_t kernel_index_of(struct kernel *kernel, const struct netns *netns, const char *name)
{
    return netns->host ? if_nametoindex(name) : ask_index(kernel_channel(kernel, netns), name);
}

uint32_t kernel_ifindex(struct kernel *kernel, struct iface *iface)
{
    if (!iface->ifindex)
        iface->ifindex = kernel_index_of(kernel, iface_netns(iface), iface->o.name);
    return iface->ifindex;
}

/* What both halves of a veth, and other kinds, are told when they are made. */
static int put_common(struct nl_msg *msg, const struct kernel *kernel, const struct iface *iface)
{
    const struct object *o = &iface->o;

    if (nla_put_string(msg, IFLA_IFNAME, o->name) < 0)
        return -ENOMEM;
    if (object_has(o, IFACE_MTU) && nla_put_u32(msg, IFLA_MTU, iface->mtu) < 0)
        return -ENOMEM;
    if (object_has(o, IFACE_TXQUEUELEN) && nla_put_u32(msg, IFLA_TXQLEN, iface->txqueuelen) < 0)
        return -ENOMEM;
    if (object_has(o, IFACE_MAC) &&
        nla_put(msg, IFLA_ADDRESS, sizeof iface->mac.bytes, iface->mac.bytes) < 0)
        return -ENOMEM;
    if (iface_netns(iface)->foreign && nla_put_u32(msg, IFLA_GROUP, kernel->group) < 0)
        return -ENOMEM;
    return 0;
}

static int put_queues(struct nl_msg *msg)
{
    if (nla_put_u32(msg, IFLA_NUM_TX_QUEUES, 1) < 0 || nla_put_u32(msg, IFLA_NUM_RX_QUEUES, 1) < 0)
        return -ENOMEM;
    return 0;
}

static int put_peer(struct nl_msg *msg, struct kernel *kernel, const struct iface *peer,
                    const struct iface *main)
{
    struct ifinfomsg header = {.ifi_index = (int)peer->ifindex};
    struct nlattr *nest = nla_nest_start(msg, VETH_INFO_PEER);

    if (!nest || nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0 ||
        put_common(msg, kernel, peer) < 0 || put_queues(msg) < 0)
        return -ENOMEM;
    if (iface_netns(peer) != iface_netns(main) &&
        nla_put_u32(msg, IFLA_NET_NS_FD,
                    (uint32_t)kernel_channel(kernel, iface_netns(peer))->netns_fd) < 0)
        return -ENOMEM;
    nla_nest_end(msg, nest);
    return 0;
}

static bool has_scaffold(const struct iface *iface)
{
    return iface->kind && iface->kind->has_scaffold && iface->kind->has_scaffold(iface);
}

/* What it stands on; NULL: nothing. */
static struct stacked *find_lower(struct kernel *kernel, const struct iface *iface)
{
    struct stacked *stacked = iface_stacked(iface);

    if (!stacked || !stacked->lower.name)
        return NULL;
    stacked->ifindex = stacked->lower.iface
                           ? kernel_ifindex(kernel, stacked->lower.iface)
                           : kernel_index_of(kernel, stacked->lower_netns, stacked->lower.name);
    return stacked;
}

/* What it stands on, and where it goes when that is in another namespace. */
static int put_lower(struct nl_msg *msg, struct kernel *kernel, const struct iface *iface)
{
    const struct stacked *stacked = find_lower(kernel, iface);

    if (!stacked)
        return 0;
    if (!kind_lower_field(iface->kind)->attribute &&
        nla_put_u32(msg, IFLA_LINK, stacked->ifindex) < 0)
        return -ENOMEM;
    if (stacked->lower_netns == iface_netns(iface))
        return 0;
    return nla_put_u32(msg, IFLA_NET_NS_FD,
                       (uint32_t)kernel_channel(kernel, iface_netns(iface))->netns_fd) < 0
               ? -ENOMEM
               : 0;
}

/* IFLA_LINKINFO: the kind and its data; made: when it is made, else when it is set up. */
static int put_kind(struct nl_msg *msg, struct kernel *kernel, const struct iface *iface, bool made)
{
    struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO), *data;

    if (!info || nla_put_string(msg, IFLA_INFO_KIND, iface->kind->name) < 0)
        return -ENOMEM;
    data = nla_nest_start(msg, IFLA_INFO_DATA);
    if (!data)
        return -ENOMEM;
    if (made && iface->link && put_peer(msg, kernel, iface_peer(iface), iface) < 0)
        return -ENOMEM;
    if (made && iface->options && kind_put(iface->kind, msg, iface->options, NULL) < 0)
        return -ENOMEM;
    if (has_scaffold(iface) && iface->kind->put_scaffold(msg, made) < 0)
        return -ENOMEM;
    nla_nest_end(msg, data);
    nla_nest_end(msg, info);
    return 0;
}

/* What is left of it where the op is done: the kernel takes the other end as well. */
static struct nl_msg *message_unlink(struct kernel *kernel, const struct op *op)
{
    const struct link *link = (const struct link *)op->from;
    struct iface *iface = (struct iface *)op->from;
    struct ifinfomsg header = {0};

    if (link->o.table == &table_link)
        iface = link->ends[iface_netns(link->ends[0].iface) == op->netns ? 0 : 1].iface;
    header.ifi_index = (int)kernel_ifindex(kernel, iface);
    return begin(RTM_DELLINK, 0, &header);
}

struct nl_msg *message_link(struct kernel *kernel, const struct op *op)
{
    const struct link *link = (const struct link *)op_object(op);
    struct iface *iface = link->o.table == &table_link ? link->ends[link_main(link)].iface
                                                       : (struct iface *)op_object(op);
    struct ifinfomsg header = {.ifi_index = (int)iface->ifindex};
    bool by_link = iface->link != NULL;
    struct nl_msg *msg;

    if (op_removes(op))
        return message_unlink(kernel, op);
    /* with a netem it comes up when it has that */
    if (by_link && iface->up && !iface_is_opened(iface) && !iface->netem)
        header.ifi_flags = header.ifi_change = IFF_UP;
    /* without NLM_F_EXCL a taken index would rename what has it */
    msg = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header);
    if (!msg || put_common(msg, kernel, iface) < 0 || (by_link && put_queues(msg) < 0) ||
        (iface->master &&
         nla_put_u32(msg, IFLA_MASTER, kernel_ifindex(kernel, iface->master)) < 0) ||
        put_lower(msg, kernel, iface) < 0 || put_kind(msg, kernel, iface, true) < 0) {
        nlmsg_free(msg);
        return NULL;
    }
    return msg;
}

struct nl_msg *message_made(struct kernel *kernel, struct iface *iface)
{
    struct ifinfomsg header = {.ifi_index = (int)kernel_ifindex(kernel, iface)};
    struct nl_msg *msg = begin(RTM_NEWLINK, 0, &header);

    if (!msg || put_common(msg, kernel, iface) < 0 ||
        (iface->master &&
         nla_put_u32(msg, IFLA_MASTER, kernel_ifindex(kernel, iface->master)) < 0)) {
        nlmsg_free(msg);
        return NULL;
    }
    return msg;
}

/* What differs of options. */
static int put_differing(struct nl_msg *msg, const struct object *from, const struct object *to)
{
    for (unsigned i = 0; i < to->table->field_count; i++) {
        const struct field *field = &to->table->fields[i];

        if (field->attribute && diff_field(from, to, i) && field_put(msg, to, field) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int put_changed(struct nl_msg *msg, struct kernel *kernel, const struct iface *from,
                       const struct iface *to)
{
    struct nlattr *info, *data;

    if (!diff_options(from->options, to->options))
        return 0;
    (void)find_lower(kernel, to); /* those that are told all options are told it again */
    info = nla_nest_start(msg, IFLA_LINKINFO);
    if (!info || nla_put_string(msg, IFLA_INFO_KIND, to->kind->name) < 0)
        return -ENOMEM;
    data = nla_nest_start(msg, IFLA_INFO_DATA);
    if (!data || kind_put(to->kind, msg, to->options, from->options) < 0)
        return -ENOMEM;
    nla_nest_end(msg, data);
    nla_nest_end(msg, info);
    return 0;
}

/* What makes its link-local addresses. */
static int put_addrgenmode(struct nl_msg *msg, const struct iface *from, const struct iface *to)
{
    struct nlattr *families, *ipv6;
    uint8_t mode;

    if (!diff_addrgenmode(from, to, &mode))
        return 0;
    families = nla_nest_start(msg, IFLA_AF_SPEC);
    ipv6 = families ? nla_nest_start(msg, AF_INET6) : NULL;
    if (!ipv6 || nla_put_u8(msg, IFLA_INET6_ADDR_GEN_MODE, mode) < 0)
        return -ENOMEM;
    nla_nest_end(msg, ipv6);
    nla_nest_end(msg, families);
    return 0;
}

/* Only what differs: what is right already is not touched. */
static struct nl_msg *message_change(struct kernel *kernel, const struct iface *from,
                                     struct iface *to)
{
    struct ifinfomsg header = {.ifi_index = (int)kernel_ifindex(kernel, to)};
    const char *alias = object_has(&to->o, IFACE_ALIAS) ? to->alias : "";
    struct nl_msg *msg;
    bool failed = false;

    header.ifi_change = diff_flags(from, to, &header.ifi_flags);
    header.ifi_flags &= header.ifi_change;
    if (from->up != to->up) {
        header.ifi_change |= IFF_UP;
        header.ifi_flags |= to->up ? IFF_UP : 0;
    }
    if (diff_master(from, to) && iface_is_opened(to)) {
        header.ifi_change |= IFF_UP; /* flags are taken before the master */
        header.ifi_flags &= ~(unsigned)IFF_UP;
    }
    msg = begin(RTM_NEWLINK, 0, &header);
    if (!msg)
        return NULL;
    if (diff_master(from, to))
        failed |=
            nla_put_u32(msg, IFLA_MASTER, to->master ? kernel_ifindex(kernel, to->master) : 0) < 0;
    if (diff_mtu(from, to))
        failed |= nla_put_u32(msg, IFLA_MTU, to->mtu) < 0;
    if (diff_field(&from->o, &to->o, IFACE_TXQUEUELEN))
        failed |= nla_put_u32(msg, IFLA_TXQLEN, to->txqueuelen) < 0;
    if (diff_field(&from->o, &to->o, IFACE_MAC))
        failed |= nla_put(msg, IFLA_ADDRESS, sizeof to->mac.bytes, to->mac.bytes) < 0;
    if (diff_alias(from, to))
        failed |= nla_put(msg, IFLA_IFALIAS, (int)strlen(alias), alias) < 0;
    if (failed || put_addrgenmode(msg, from, to) < 0 || put_changed(msg, kernel, from, to) < 0) {
        nlmsg_free(msg);
        return NULL;
    }
    return msg;
}

static struct nl_msg *message_enslave(struct kernel *kernel, struct iface *iface)
{
    struct ifinfomsg header = {.ifi_index = (int)kernel_ifindex(kernel, iface)};
    struct nl_msg *msg = begin(RTM_NEWLINK, 0, &header);

    if (msg && nla_put_u32(msg, IFLA_MASTER, kernel_ifindex(kernel, iface->master)) < 0) {
        nlmsg_free(msg);
        return NULL;
    }
    return msg;
}

/* Give a device that exists some values. */
static struct nl_msg *message_existing(struct kernel *kernel, struct iface *iface,
                                       const struct iface *values, const struct iface *master)
{
    struct ifinfomsg header = {.ifi_index = (int)kernel_ifindex(kernel, iface)};
    const struct object *o = &values->o;
    struct nl_msg *msg;
    bool failed = false;

    if (object_has(o, IFACE_UP)) {
        header.ifi_change = IFF_UP;
        header.ifi_flags = values->up ? IFF_UP : 0;
    }
    msg = begin(RTM_NEWLINK, 0, &header);
    if (!msg)
        return NULL;
    if (iface->master)
        failed |=
            nla_put_u32(msg, IFLA_MASTER, master ? kernel_ifindex(kernel, iface->master) : 0) < 0;
    if (object_has(o, IFACE_MTU))
        failed |= nla_put_u32(msg, IFLA_MTU, values->mtu) < 0;
    if (object_has(o, IFACE_TXQUEUELEN))
        failed |= nla_put_u32(msg, IFLA_TXQLEN, values->txqueuelen) < 0;
    if (object_has(o, IFACE_MAC))
        failed |= nla_put(msg, IFLA_ADDRESS, sizeof values->mac.bytes, values->mac.bytes) < 0;
    if (object_has(o, IFACE_ALIAS))
        failed |= nla_put(msg, IFLA_IFALIAS, (int)strlen(values->alias), values->alias) < 0;
    if (failed) {
        nlmsg_free(msg);
        return NULL;
    }
    return msg;
}

/* Options that need its members, which now are there. */
static struct nl_msg *message_late(struct kernel *kernel, const struct op *op)
{
    struct iface *iface = (struct iface *)op->to;
    const struct iface *seen = (const struct iface *)op->from;
    struct ifinfomsg header = {.ifi_index = (int)kernel_ifindex(kernel, iface)};
    struct nl_msg *msg = begin(RTM_NEWLINK, 0, &header);
    struct nlattr *info = msg ? nla_nest_start(msg, IFLA_LINKINFO) : NULL, *data = NULL;

    for (unsigned i = 0; i < iface->options->table->field_count; i++) {
        const struct field *field = &iface->options->table->fields[i];
        struct ifref *ref = FIELD_AT(iface->options, field);

        if (field->type == FIELD_IFREF)
            ref->ifindex = ref->iface ? kernel_ifindex(kernel, ref->iface) : 0;
    }
    if (info && nla_put_string(msg, IFLA_INFO_KIND, iface->kind->name) == 0)
        data = nla_nest_start(msg, IFLA_INFO_DATA);
    if (!data || kind_put_late(msg, iface->options, seen ? seen->options : NULL) < 0) {
        nlmsg_free(msg);
        return NULL;
    }
    nla_nest_end(msg, data);
    nla_nest_end(msg, info);
    return msg;
}

struct nl_msg *message_iface(struct kernel *kernel, const struct op *op)
{
    struct iface *iface = (struct iface *)op_object(op);
    struct ifinfomsg header = {.ifi_index = (int)kernel_ifindex(kernel, iface)};
    bool is_peer = iface->link && link_main(iface->link) != iface->end;
    struct nl_msg *msg;
    bool failed = false;

    if (op->flags & OP_ENSLAVE)
        return message_enslave(kernel, iface);
    if (op->flags & OP_LATE)
        return message_late(kernel, op);
    if (op->from && op->to)
        return message_change(kernel, (const struct iface *)op->from, iface);
    if (iface->existing)
        return message_existing(kernel, iface, op_removes(op) ? iface->before : iface,
                                op_removes(op) ? NULL : iface->master);
    if (iface->up && !(is_peer && iface_is_opened(iface)))
        header.ifi_flags = header.ifi_change = IFF_UP;
    msg = begin(RTM_NEWLINK, 0, &header);
    if (!msg)
        return NULL;
    if (iface->master && is_peer)
        failed |= nla_put_u32(msg, IFLA_MASTER, kernel_ifindex(kernel, iface->master)) < 0;
    if (object_has(&iface->o, IFACE_ALIAS))
        failed |= nla_put(msg, IFLA_IFALIAS, (int)strlen(iface->alias), iface->alias) < 0;
    if (has_scaffold(iface))
        failed |= put_kind(msg, kernel, iface, false) < 0;
    /* a bridge takes its ports' MTU unless it was given one since it was made (br_change_mtu()) */
    if ((!iface->kind || iface_ports(iface)) && object_has(&iface->o, IFACE_MTU))
        failed |= nla_put_u32(msg, IFLA_MTU, iface->mtu) < 0;
    if (!iface->kind && object_has(&iface->o, IFACE_TXQUEUELEN))
        failed |= nla_put_u32(msg, IFLA_TXQLEN, iface->txqueuelen) < 0;
    if (failed) {
        nlmsg_free(msg);
        return NULL;
    }
    return msg;
}

struct nl_msg *message_port(struct kernel *kernel, const struct op *op)
{
    const struct port *port = (const struct port *)op_object(op);
    struct ifinfomsg header = {.ifi_index = (int)kernel_ifindex(kernel, port->iface)};
    struct nl_msg *msg = begin(RTM_NEWLINK, 0, &header);
    struct nlattr *info = msg ? nla_nest_start(msg, IFLA_LINKINFO) : NULL, *data;

    if (!info || nla_put_string(msg, IFLA_INFO_SLAVE_KIND, port->iface->master->kind->name) < 0) {
        nlmsg_free(msg);
        return NULL;
    }
    data = nla_nest_start(msg, IFLA_INFO_SLAVE_DATA);
    if (!data || (op->from && op->to ? put_differing(msg, op->from, op->to)
                                     : fields_put(msg, &port->o)) < 0) {
        nlmsg_free(msg);
        return NULL;
    }
    nla_nest_end(msg, data);
    nla_nest_end(msg, info);
    return msg;
}

/* Its last one closes a range. */
static int put_vlans(struct nl_msg *msg, const struct vlan *vlan)
{
    struct bridge_vlan_info info = {.vid = vlan->id.first};

    if (vlan->pvid)
        info.flags |= BRIDGE_VLAN_INFO_PVID;
    if (vlan->untagged)
        info.flags |= BRIDGE_VLAN_INFO_UNTAGGED;
    if (vlan->id.first == vlan->id.last)
        return nla_put(msg, IFLA_BRIDGE_VLAN_INFO, sizeof info, &info);
    info.flags |= BRIDGE_VLAN_INFO_RANGE_BEGIN;
    if (nla_put(msg, IFLA_BRIDGE_VLAN_INFO, sizeof info, &info) < 0)
        return -ENOMEM;
    info.flags ^= BRIDGE_VLAN_INFO_RANGE_BEGIN | BRIDGE_VLAN_INFO_RANGE_END;
    info.vid = vlan->id.last;
    return nla_put(msg, IFLA_BRIDGE_VLAN_INFO, sizeof info, &info);
}

/* To have one that is there already gives it new flags. */
struct nl_msg *message_vlan(struct kernel *kernel, const struct op *op)
{
    const struct vlan *vlan = (const struct vlan *)op_object(op);
    struct iface *iface = (struct iface *)vlan->o.parent;
    struct ifinfomsg header = {.ifi_family = AF_BRIDGE,
                               .ifi_index = (int)kernel_ifindex(kernel, iface)};
    struct nl_msg *msg = begin(op_takes_vlan(op) ? RTM_DELLINK : RTM_SETLINK, 0, &header);
    struct nlattr *list = msg ? nla_nest_start(msg, IFLA_AF_SPEC) : NULL;

    if (!list ||
        (iface_vlan_switch(iface) == iface &&
         nla_put_u16(msg, IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_SELF) < 0) ||
        put_vlans(msg, vlan) < 0) {
        nlmsg_free(msg);
        return NULL;
    }
    nla_nest_end(msg, list);
    return msg;
}

struct nl_msg *message_altname(struct kernel *kernel, const struct op *op)
{
    const struct altname *altname = (const struct altname *)op_object(op);
    struct ifinfomsg header = {.ifi_index =
                                   (int)kernel_ifindex(kernel, (struct iface *)altname->o.parent)};
    struct nl_msg *msg =
        op_removes(op) ? begin(RTM_DELLINKPROP, 0, &header)
                       : begin(RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND, &header);
    struct nlattr *list = msg ? nla_nest_start(msg, IFLA_PROP_LIST) : NULL;

    if (!list || nla_put_string(msg, IFLA_ALT_IFNAME, altname->altname) < 0) {
        nlmsg_free(msg);
        return NULL;
    }
    nla_nest_end(msg, list);
    return msg;
}

struct nl_msg *message_getlink(uint32_t ifindex)
{
    struct ifinfomsg header = {.ifi_index = (int)ifindex};
    struct nl_msg *msg = begin(RTM_GETLINK, 0, &header);

    if (msg && nla_put_u32(msg, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS) < 0) {
        nlmsg_free(msg);
        return NULL;
    }
    return msg;
}
