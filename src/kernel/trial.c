/* SPDX-License-Identifier: MIT */
/*
 * Job: find out which options of an interface this kernel lacks: one is made in a namespace that
 * nobody sees, with its options, and looked at.
 * In: an interface or a port, and which of its options are in doubt. Out: those that are lacking.
 *
 * A kernel that has never heard of an attribute passes over it, and one that was built without it
 * may do so, too: what was told and is not shown is lacking. Others refuse it, and all that was
 * told with it: what it was is found out one by one then.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "kernel/internal.h"
#include "kinds/kind.h"

enum {
    INDEX_LOWER = 1 << 20, /* far from those that the kernel chooses */
    INDEX_MADE,
    ERROR_NOTSUPP = 524, /* ENOTSUPP: the kernel's own, which gets out of ipvlan */
};

#define BIT(index) (UINT64_C(1) << (index))

static struct nl_msg *begin(int type, int flags, int index)
{
    struct ifinfomsg header = {.ifi_index = index};
    struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

    if (msg && nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0) {
        nlmsg_free(msg);
        return NULL;
    }
    return msg;
}

/* What others stand on, or can be a port: a veth, which every kernel has. */
static struct nl_msg *message_lower(void)
{
    struct nl_msg *msg = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, INDEX_LOWER);
    struct nlattr *info = msg ? nla_nest_start(msg, IFLA_LINKINFO) : NULL;

    if (!info || nla_put_string(msg, IFLA_INFO_KIND, kind_veth.name) < 0) {
        nlmsg_free(msg);
        return NULL;
    }
    nla_nest_end(msg, info);
    return msg;
}

static struct nl_msg *message_of(const struct iface *iface)
{
    const struct stacked *stacked = iface_stacked(iface);
    const struct field *lower = stacked ? kind_lower_field(iface->kind) : NULL;
    struct nl_msg *msg = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, INDEX_MADE);
    struct nlattr *info = NULL, *data = NULL;

    if (msg && (!stacked || !stacked->lower.name || lower->attribute ||
                nla_put_u32(msg, IFLA_LINK, INDEX_LOWER) == 0))
        info = nla_nest_start(msg, IFLA_LINKINFO);
    if (info && nla_put_string(msg, IFLA_INFO_KIND, iface->kind->name) == 0)
        data = nla_nest_start(msg, IFLA_INFO_DATA);
    if (!data || kind_put(iface->kind, msg, iface->options, NULL) < 0) {
        nlmsg_free(msg);
        return NULL;
    }
    nla_nest_end(msg, data);
    nla_nest_end(msg, info);
    return msg;
}

static struct nl_msg *message_port_options(const struct port *port, const struct kind *kind)
{
    struct nl_msg *msg = begin(RTM_NEWLINK, 0, INDEX_LOWER);
    struct nlattr *info = msg ? nla_nest_start(msg, IFLA_LINKINFO) : NULL, *data = NULL;

    if (info && nla_put_string(msg, IFLA_INFO_SLAVE_KIND, kind->name) == 0)
        data = nla_nest_start(msg, IFLA_INFO_SLAVE_DATA);
    if (!data || fields_put(msg, &port->o) < 0) {
        nlmsg_free(msg);
        return NULL;
    }
    nla_nest_end(msg, data);
    nla_nest_end(msg, info);
    return msg;
}

static void drop(struct kernel *kernel, int index)
{
    (void)channel_request(&kernel->fresh, begin(RTM_DELLINK, 0, index), NULL, NULL);
}

/* One that the kernel's answer is to be read into. */
struct look {
    const struct kind *kind;
    struct object *seen;
    uint64_t shown; /* of what has an attribute */
    struct arena *arena;
    bool port;
};

static int see(const struct nlmsghdr *message, void *userdata)
{
    static const struct nlattr none = {.nla_len = sizeof none};
    struct look *look = userdata;
    const struct table *table = look->seen->table;
    const struct nlattr *info, *data = NULL;

    if (message->nlmsg_type != RTM_NEWLINK)
        return 0;
    info = nlmsg_find_attr((struct nlmsghdr *)message, sizeof(struct ifinfomsg), IFLA_LINKINFO);
    if (info)
        data = nla_find(nla_data(info), nla_len(info),
                        look->port ? IFLA_INFO_SLAVE_DATA : IFLA_INFO_DATA);
    if (!data)
        data = &none;
    for (unsigned i = 0; i < table->field_count; i++)
        if (table->fields[i].attribute &&
            nla_find(nla_data(data), nla_len(data), table->fields[i].attribute))
            look->shown |= BIT(i);
    return look->port ? 0 : kind_get(look->kind, data, look->seen, look->arena);
}

/* Whether what the kernel shows says that it knows the option, which was told. */
static bool is_shown(const struct look *look, unsigned index)
{
    const struct field *field = &look->seen->table->fields[index];

    if (field->attribute)
        return look->shown & BIT(index);
    return object_has(look->seen, index) &&
           !((field->type == FIELD_BOOL || field->type == FIELD_LIST) &&
             field_is_initial(field, look->seen));
}

static uint64_t not_shown(struct kernel *kernel, struct look *look, int index, uint64_t told)
{
    uint64_t lacking = 0;

    if (channel_request(&kernel->fresh, message_getlink((uint32_t)index), see, look) < 0)
        return 0;
    for (unsigned i = 0; i < look->seen->table->field_count; i++)
        if (told & BIT(i) && !is_shown(look, i))
            lacking |= BIT(i);
    return lacking;
}

/* The kernel has words for what it knows and does not like. */
static bool says_unknown(int error, const char *words)
{
    return error == -EOPNOTSUPP || error == -ERROR_NOTSUPP || (error == -EINVAL && !*words);
}

static bool make(struct kernel *kernel, const struct iface *iface, uint64_t told, int *ret_error,
                 char ret_words[ERROR_TEXT])
{
    iface->options->set = told;
    *ret_error = channel_try(&kernel->fresh, message_of(iface), ret_words);
    return *ret_error == 0;
}

/* Make it with as many of the options in doubt as the kernel takes; true: it is there. */
static bool make_most(struct kernel *kernel, const struct iface *iface, uint64_t doubt,
                      uint64_t *ret_refused)
{
    uint64_t all = iface->options->set, told = all & ~doubt;
    char words[ERROR_TEXT];
    int error;

    *ret_refused = 0;
    if (make(kernel, iface, all, &error, words))
        return true;
    if (!make(kernel, iface, told, &error, words))
        return false; /* it is refused for another reason, which is told when it is made */
    for (unsigned i = 0; i < iface->options->table->field_count; i++) {
        if (!(doubt & BIT(i)))
            continue;
        drop(kernel, INDEX_MADE);
        if (make(kernel, iface, told | BIT(i), &error, words)) {
            told |= BIT(i);
            continue;
        }
        if (says_unknown(error, words))
            *ret_refused |= BIT(i);
        if (!make(kernel, iface, told, &error, words))
            return false;
    }
    return true;
}

/* A copy whose options can be altered; false: out of memory. */
static bool copy_iface(const struct iface *iface, struct arena *arena, struct iface *ret)
{
    size_t size = iface->options->table->size;

    *ret = *iface;
    ret->options = arena_alloc(arena, size);
    if (!ret->options)
        return false;
    memcpy(ret->options, iface->options, size);
    if (iface_stacked(ret))
        iface_stacked(ret)->ifindex = INDEX_LOWER;
    return true;
}

static struct object *new_object(struct arena *arena, const struct table *table)
{
    struct object *object = arena_alloc(arena, table->size);

    if (object)
        object->table = table;
    return object;
}

uint64_t trial_options(struct kernel *kernel, const struct iface *iface, uint64_t doubt)
{
    struct look look = {.kind = iface->kind, .arena = arena_new()};
    uint64_t refused = 0, lacking = 0;
    struct iface copy;

    if (look.arena && copy_iface(iface, look.arena, &copy))
        look.seen = new_object(look.arena, iface->options->table);
    if (look.seen) {
        if (iface_stacked(iface))
            (void)channel_request(&kernel->fresh, message_lower(), NULL, NULL);
        if (make_most(kernel, &copy, doubt, &refused))
            lacking = not_shown(kernel, &look, INDEX_MADE, copy.options->set & doubt);
        drop(kernel, INDEX_MADE);
        if (iface_stacked(iface))
            drop(kernel, INDEX_LOWER);
    }
    arena_free(look.arena);
    return lacking | refused;
}

/* Its options are those of the lab that can be had. */
static bool make_master(struct kernel *kernel, const struct iface *master, struct arena *arena)
{
    struct nl_msg *msg = begin(RTM_NEWLINK, 0, INDEX_LOWER);
    struct iface copy;
    uint64_t refused;

    if (!msg || nla_put_u32(msg, IFLA_MASTER, INDEX_MADE) < 0 ||
        !copy_iface(master, arena, &copy) ||
        !make_most(kernel, &copy, copy.options->set, &refused)) {
        nlmsg_free(msg);
        return false;
    }
    return channel_request(&kernel->fresh, msg, NULL, NULL) == 0;
}

uint64_t trial_port_options(struct kernel *kernel, const struct port *port, uint64_t doubt)
{
    const struct iface *master = port->iface->master;
    struct look look = {.kind = master->kind, .arena = arena_new(), .port = true};
    uint64_t lacking = 0;
    char words[ERROR_TEXT];

    if (look.arena)
        look.seen = new_object(look.arena, port->o.table);
    if (look.seen) {
        (void)channel_request(&kernel->fresh, message_lower(), NULL, NULL);
        if (make_master(kernel, master, look.arena)) {
            int error =
                channel_try(&kernel->fresh, message_port_options(port, master->kind), words);

            if (error == 0)
                lacking = not_shown(kernel, &look, INDEX_LOWER, doubt);
            else if (says_unknown(error, words))
                lacking = doubt;
        }
        drop(kernel, INDEX_MADE);
        drop(kernel, INDEX_LOWER);
    }
    arena_free(look.arena);
    return lacking;
}
