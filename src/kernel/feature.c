/* SPDX-License-Identifier: MIT */
/*
 * Job: find out what this kernel lacks, before anything is made.
 * In: a plan. Out: errors at the lines of the file.
 *
 * There is no list to look it up in: modules load when they are asked for. So a namespace that
 * nobody sees is asked to make one of each; what the kernel says to that is of no interest unless
 * it does not know the kind.
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

/* An interface of a kind; field: with that of its options. */
static struct nl_msg *message_kind(const struct kind *kind, const struct object *options,
                                   const struct field *field)
{
    struct ifinfomsg header = {0};
    struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    struct nlattr *info = NULL, *data = NULL;

    if (msg && nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) == 0)
        info = nla_nest_start(msg, IFLA_LINKINFO);
    if (info && nla_put_string(msg, IFLA_INFO_KIND, kind->name) == 0)
        data = nla_nest_start(msg, IFLA_INFO_DATA);
    if (!data || (field && field_put(msg, options, field) < 0)) {
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

/*
 * Kinds: rtnl_newlink(); drivers say EOPNOTSUPP too, in words of their own. field: options are
 * refused with it by whoever lacks them.
 */
static bool lacks_kind(struct features *features, const struct iface *iface,
                       const struct field *field)
{
    char text[ERROR_TEXT];
    int r = channel_try(&features->kernel->fresh, message_kind(iface->kind, iface->options, field),
                        text);

    return r == -EOPNOTSUPP && (field || !*text || strcmp(text, "Unknown device type") == 0);
}

/* iface NULL: netem; field NULL: its kind. */
static bool lacks(struct features *features, const struct iface *iface, const struct field *field)
{
    const void *what = field   ? (const void *)field
                       : iface ? (const void *)iface->kind
                               : &table_netem;
    bool result;

    for (size_t i = 0; i < features->count; i++)
        if (features->asked[i].what == what)
            return features->asked[i].lacks;
    /* where none can be made, what is refused later has to do */
    if (netns_fresh(features->kernel) < 0)
        return false;
    result = iface ? lacks_kind(features, iface, field) : lacks_netem(features);
    if (features->count < ASKED_MAX) {
        features->asked[features->count].what = what;
        features->asked[features->count++].lacks = result;
    }
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
    if (lacks(features, NULL, NULL))
        complain(features, ERROR(features, netem->o.mark, "this kernel has no netem"),
                 "CONFIG_NET_SCH_NETEM", "sch_netem");
}

static void check_kind(struct features *features, const struct iface *iface)
{
    const struct kind *kind = iface->kind;

    if (!(kind->flags & KIND_COMMON) && lacks(features, iface, NULL))
        complain(features,
                 ERROR(features, object_mark(&iface->o, IFACE_TYPE),
                       "this kernel has no interfaces of type %s", kind->name),
                 kind->config, kind->module);
}

/* seen: its options now; NULL: it is made. What the kernel has already, it can have. */
static void check_options(struct features *features, const struct iface *iface,
                          const struct object *seen)
{
    const struct object *options = iface->options;

    for (unsigned i = 0; options && i < options->table->field_count; i++) {
        const struct field *field = &options->table->fields[i];

        if (field->needs && field->attribute && object_has(options, i) &&
            !field_is_initial(field, options) && (!seen || field_differs(seen, options, i)) &&
            lacks(features, iface, field))
            complain(features,
                     ERROR(features, object_mark(options, i),
                           "this kernel has no '%s' for interfaces of type %s", field->key,
                           iface->kind->name),
                     field->needs, NULL);
    }
}

static void check_op(struct features *features, const struct op *op)
{
    const struct iface *iface = (const struct iface *)op->to,
                       *from = (const struct iface *)op->from;

    if (op_removes(op))
        return;
    if (op->type == OP_QDISC && !op->from)
        check_netem(features, (const struct netem *)op->to);
    if ((op->type != OP_LINK && op->type != OP_IFACE) || op->to->table != &table_iface ||
        !iface->kind)
        return;
    if (op->type == OP_LINK)
        check_kind(features, iface);
    if (op->type == OP_LINK || from)
        check_options(features, iface, from ? from->options : NULL);
}

int kernel_check_features(struct kernel *kernel, const struct plan *plan,
                          struct netlab_report *report)
{
    struct features features = {.kernel = kernel, .report = report};

    for (size_t i = 0; i < plan->count; i++)
        check_op(&features, &plan->ops[i]);
    return features.error;
}
