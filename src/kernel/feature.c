/* SPDX-License-Identifier: MIT */
/*
 * Job: find out what this kernel lacks, before anything is made.
 * In: a plan. Out: errors at the lines of the file.
 *
 * There is no list to look it up in: modules load when they are asked for. So a namespace that
 * nobody sees is asked to make one of each; what the kernel says to that is of no interest unless
 * it does not know the kind. Of options trial.c finds out.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>

#include "base/report.h"
#include "kernel/internal.h"
#include "kinds/kind.h"

enum {
    ASKED_MAX = 64, /* more answers are not kept, but asked for again */
    IFINDEX_LO = 1,
};

struct features {
    struct kernel *kernel;
    struct netlab_report *report;
    struct {
        const void *what; /* a kind, an option, netem's table */
        bool lacks;
    } asked[ASKED_MAX];
    size_t count;
    int error; /* the first one */
};

/* An interface of a kind. */
static struct nl_msg *message_kind(const struct kind *kind)
{
    struct ifinfomsg header = {0};
    struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    struct nlattr *info = NULL, *data = NULL;

    if (msg && nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) == 0)
        info = nla_nest_start(msg, IFLA_LINKINFO);
    if (info && nla_put_string(msg, IFLA_INFO_KIND, kind->name) == 0)
        data = nla_nest_start(msg, IFLA_INFO_DATA);
    if (!data) {
        nlmsg_free(msg);
        return NULL;
    }
    nla_nest_end(msg, data);
    nla_nest_end(msg, info);
    return msg;
}

static struct nl_msg *message_netem(void)
{
    struct tcmsg header = {
        .tcm_family = AF_UNSPEC, .tcm_ifindex = IFINDEX_LO, .tcm_parent = TC_H_ROOT};
    struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL);

    if (!msg || nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0 ||
        nla_put_string(msg, TCA_KIND, "netem") < 0) {
        nlmsg_free(msg);
        return NULL;
    }
    return msg;
}

/* netem: qdisc_create() */
static bool lacks_netem(struct features *features)
{
    char text[ERROR_TEXT];

    return channel_try(&features->kernel->fresh, message_netem(), text) == -ENOENT;
}

/* Kinds: rtnl_newlink(); drivers say EOPNOTSUPP too, in words of their own. */
static bool lacks_kind(struct features *features, const struct kind *kind)
{
    char text[ERROR_TEXT];
    int r = channel_try(&features->kernel->fresh, message_kind(kind), text);

    return r == -EOPNOTSUPP && (!*text || strcmp(text, "Unknown device type") == 0);
}

static bool is_known(const struct features *features, const void *what, bool *ret_lacks)
{
    for (size_t i = 0; i < features->count; i++)
        if (features->asked[i].what == what) {
            *ret_lacks = features->asked[i].lacks;
            return true;
        }
    return false;
}

static void remember(struct features *features, const void *what, bool lacks)
{
    if (features->count == ASKED_MAX)
        return;
    features->asked[features->count].what = what;
    features->asked[features->count++].lacks = lacks;
}

/* kind NULL: netem */
static bool lacks(struct features *features, const struct kind *kind)
{
    const void *what = kind ? (const void *)kind : &table_netem;
    bool result;

    if (is_known(features, what, &result))
        return result;
    /* where none can be made, what is refused later has to do */
    if (netns_fresh(features->kernel) < 0)
        return false;
    result = kind ? lacks_kind(features, kind) : lacks_netem(features);
    remember(features, what, result);
    return result;
}

/* The error itself is in the report. */
static void complain(struct features *features, int error, const char *config, const char *module)
{
    if (config && module)
        report_hint(features->report, "%s provides it, in the module %s", config, module);
    else if (config)
        report_hint(features->report, "%s provides it", config);
    if (features->error == 0)
        features->error = error;
}

#define ERROR(features, mark, ...)                                                                 \
    report_error((features)->report, EOPNOTSUPP, &(features)->kernel->lab->source, mark,           \
                 __VA_ARGS__)

static void check_netem(struct features *features, const struct netem *netem)
{
    if (lacks(features, NULL))
        complain(features, ERROR(features, netem->o.mark, "this kernel has no netem"),
                 "CONFIG_NET_SCH_NETEM", "sch_netem");
}

/* TUN and TAP devices have a file that they are made by. */
static bool check_device(struct features *features, const struct iface *iface)
{
    int r = tun_try();

    if (r == 0)
        return true;
    if (r == -ENOENT)
        r = report_error(features->report, ENOENT, &features->kernel->lab->source,
                         object_mark(&iface->o, IFACE_TYPE),
                         "cannot create %s %s: there is no /dev/net/tun", iface->kind->name,
                         iface->o.name);
    else
        r = report_error(features->report, -r, &features->kernel->lab->source,
                         object_mark(&iface->o, IFACE_TYPE),
                         "cannot create %s %s: cannot open /dev/net/tun: %s", iface->kind->name,
                         iface->o.name, strerror(-r));
    complain(features, r, "CONFIG_TUN", "tun");
    return false;
}

/* Whether there is one. */
static bool check_kind(struct features *features, const struct iface *iface)
{
    const struct kind *kind = iface->kind;

    if (kind->tun)
        return check_device(features, iface);
    if (kind->flags & KIND_COMMON || !lacks(features, kind))
        return true;
    complain(features,
             ERROR(features, object_mark(&iface->o, IFACE_TYPE),
                   "this kernel has no interfaces of type %s", kind->name),
             kind->config, kind->module);
    return false;
}

/* What is asked about an option: of those that are words each word is another question. */
static const void *question(const struct object *options, unsigned index)
{
    const struct field *field = &options->table->fields[index];

    if (field->type == FIELD_ENUM)
        for (const struct choice *choice = field->choices; choice->word; choice++)
            if (choice->value == *(const uint32_t *)FIELD_AT(options, field))
                return choice;
    return field;
}

/* Those that the kernel may lack. seen: its options now; NULL: it is made. What the kernel has
   already, it can have. */
static uint64_t find_doubt(const struct object *options, const struct object *seen)
{
    uint64_t doubt = 0;

    for (unsigned i = 0; options && i < options->table->field_count; i++)
        if (field_may_lack(options, i) && field_is_option(&options->table->fields[i]) &&
            !(options->table->fields[i].flags & FIELD_LATE) &&
            (!seen || field_differs(seen, options, i)))
            doubt |= UINT64_C(1) << i;
    return doubt;
}

static void complain_of_option(struct features *features, const struct object *options,
                               unsigned index, const struct iface *iface, bool port)
{
    const struct field *field = &options->table->fields[index];

    complain(features,
             ERROR(features, object_mark(options, index),
                   "this kernel has no '%s' for %s of type %s", field->key,
                   port ? "ports of interfaces" : "interfaces", iface->kind->name),
             field->needs, NULL);
    if (field->since)
        report_hint(features->report, "Linux %s and later have it", field->since);
}

/* The options of an interface, or (port) those of a port of it. */
static void check_options(struct features *features, const struct iface *iface,
                          const struct port *port, const struct object *seen)
{
    const struct object *options = port ? &port->o : iface->options;
    uint64_t doubt = find_doubt(options, seen), unknown = 0, lacking = 0;

    for (unsigned i = 0; doubt >> i; i++) {
        bool lacks = false;

        if (!(doubt >> i & 1))
            continue;
        if (!is_known(features, question(options, i), &lacks))
            unknown |= UINT64_C(1) << i;
        lacking |= (uint64_t)lacks << i;
    }
    if (unknown && netns_fresh(features->kernel) == 0) {
        lacking = port ? trial_port_options(features->kernel, port, doubt)
                       : trial_options(features->kernel, iface, doubt);
        for (unsigned i = 0; unknown >> i; i++)
            if (unknown >> i & 1)
                remember(features, question(options, i), lacking >> i & 1);
    }
    for (unsigned i = 0; lacking >> i; i++)
        if (lacking >> i & 1)
            complain_of_option(features, options, i, iface, port);
}

static void check_port(struct features *features, const struct op *op)
{
    const struct port *port = (const struct port *)op->to;

    if (port->iface && port->iface->master && port->iface->master->kind &&
        port->o.table == port->iface->master->kind->port_options)
        check_options(features, port->iface->master, port, op->from);
}

static void check_op(struct features *features, const struct op *op)
{
    const struct iface *iface = (const struct iface *)op->to,
                       *from = (const struct iface *)op->from;

    if (op_removes(op))
        return;
    if (op->type == OP_QDISC && !op->from)
        check_netem(features, (const struct netem *)op->to);
    if (op->type == OP_PORT)
        check_port(features, op);
    if ((op->type != OP_LINK && op->type != OP_IFACE) || op->to->table != &table_iface ||
        !iface->kind)
        return;
    if (op->type == OP_LINK && !check_kind(features, iface))
        return;
    if (op->type == OP_LINK || from)
        check_options(features, iface, NULL, from ? from->options : NULL);
}

int kernel_check_features(struct kernel *kernel, const struct plan *plan,
                          struct netlab_report *report)
{
    struct features features = {.kernel = kernel, .report = report};

    for (size_t i = 0; i < plan->count; i++)
        check_op(&features, &plan->ops[i]);
    return features.error;
}
