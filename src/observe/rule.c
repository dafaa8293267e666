/* SPDX-License-Identifier: MIT */
/*
 * Job: RTM_GETRULE → rules, but for those that the kernel begins with.
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include "model/ip.h"
#include "observe/internal.h"

static int get_name(struct view *view, struct rule *rule, unsigned field, struct ifref *ref,
                    const struct nlattr *attribute)
{
    if (!attribute)
        return 0;
    ref->name = arena_strdup(view->arena, nla_get_string((struct nlattr *)attribute));
    ref->iface = ref->name ? netns_iface(view->netns, ref->name) : NULL;
    rule->o.set |= UINT64_C(1) << field;
    return ref->name ? 0 : -ENOMEM;
}

static int fill_rule(struct view *view, struct rule *rule, const struct fib_rule_hdr *header,
                     struct nlattr **tb)
{
    rule->family = header->family;
    rule->priority = tb[FRA_PRIORITY] ? nla_get_u32(tb[FRA_PRIORITY]) : 0;
    rule->table = tb[FRA_TABLE] ? nla_get_u32(tb[FRA_TABLE]) : header->table;
    rule->action = header->action;
    rule->protocol = tb[FRA_PROTOCOL] ? nla_get_u8(tb[FRA_PROTOCOL]) : 0;
    rule->o.set = 1U << RULE_PRIORITY | 1U << RULE_TABLE | 1U << RULE_ACTION | 1U << RULE_FAMILY;
    rule->from.length = header->src_len;
    rule->to.length = header->dst_len;
    if (view_ip(tb[FRA_SRC], header->family, &rule->from.ip))
        rule->o.set |= 1U << RULE_FROM;
    if (view_ip(tb[FRA_DST], header->family, &rule->to.ip))
        rule->o.set |= 1U << RULE_TO;
    rule->inverted = header->flags & FIB_RULE_INVERT;
    rule->o.beyond = rule->inverted || header->tos || !choice_word(choices_action, header->action);
    rule->unsaid.tos = header->tos;
    if (tb[FRA_FWMARK] || tb[FRA_FWMASK]) { /* a mark of 0 is not told */
        rule->fwmark.value = tb[FRA_FWMARK] ? nla_get_u32(tb[FRA_FWMARK]) : 0;
        rule->fwmark.mask = tb[FRA_FWMASK] ? nla_get_u32(tb[FRA_FWMASK]) : UINT32_MAX;
        rule->o.set |= 1U << RULE_FWMARK;
    }
    if (get_name(view, rule, RULE_IIF, &rule->iif, tb[FRA_IIFNAME]) < 0)
        return -ENOMEM;
    return get_name(view, rule, RULE_OIF, &rule->oif, tb[FRA_OIFNAME]);
}

/* Whether a file can say it, or there is nothing to say. */
static bool has_word(const struct nlattr *attribute)
{
    static const int known[] = {FRA_DST,    FRA_SRC,    FRA_IIFNAME, FRA_OIFNAME,  FRA_PRIORITY,
                                FRA_FWMARK, FRA_FWMASK, FRA_TABLE,   FRA_PROTOCOL, FRA_PAD};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (nla_type(attribute) == known[i])
            return true;
    return (nla_type(attribute) == FRA_SUPPRESS_PREFIXLEN ||
            nla_type(attribute) == FRA_SUPPRESS_IFGROUP) &&
           nla_get_u32(attribute) == UINT32_MAX;
}

/* fib_default_rules_init(), whoever has put them back. */
static bool is_default(const struct rule *rule)
{
    static const struct {
        uint32_t priority, table;
    } rules[] = {{0, RT_TABLE_LOCAL}, {32766, RT_TABLE_MAIN}, {32767, RT_TABLE_DEFAULT}};
    const uint64_t selectors = UINT64_C(1) << RULE_FROM | UINT64_C(1) << RULE_TO |
                               UINT64_C(1) << RULE_IIF | UINT64_C(1) << RULE_OIF |
                               UINT64_C(1) << RULE_FWMARK;

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (rule->priority == rules[i].priority && rule->table == rules[i].table &&
            rule->action == FR_ACT_TO_TBL && !(rule->o.set & selectors) && !rule->o.beyond)
            return rule->protocol != NETLAB_PROTOCOL;
    return false;
}

/* Where others live: ours, or in the place of one that was. */
static bool is_expected(const struct view *view, const struct rule *rule)
{
    if (rule->protocol == NETLAB_PROTOCOL)
        return true;
    for (size_t i = 1; i < OBSERVE_HINTS; i++) {
        const struct netns *applied = view_hint(view, i);

        if (applied)
            LIST_EACH (struct rule, known, &applied->rules)
                if (known->priority == rule->priority && known->family == rule->family &&
                    prefix_equal(&known->from, &rule->from) && prefix_equal(&known->to, &rule->to))
                    return true;
    }
    return false;
}

static int see_rule(const struct nlmsghdr *message, void *userdata)
{
    struct view *view = userdata;
    const struct fib_rule_hdr *header = nlmsg_data(message);
    struct nlattr *tb[FRA_MAX + 1] = {0};
    struct rule *rule;
    int r;

    if (message->nlmsg_type != RTM_NEWRULE ||
        nlmsg_parse((struct nlmsghdr *)message, sizeof *header, tb, FRA_MAX, NULL) < 0 ||
        (header->family != AF_INET && header->family != AF_INET6) ||
        (tb[FRA_PROTOCOL] && nla_get_u8(tb[FRA_PROTOCOL]) == RTPROT_KERNEL))
        return 0;
    rule = ARENA_NEW(view->arena, struct rule);
    if (!rule)
        return -ENOMEM;
    rule->o.table = &table_rule;
    rule->o.parent = &view->netns->o;
    r = fill_rule(view, rule, header, tb);
    if (r == 0)
        r = view_unsaid(view, &rule->o, &rule->unsaid, message, sizeof *header, has_word);
    if (r == 0 && !is_default(rule) && (!view->netns->foreign || is_expected(view, rule)))
        list_append(&view->netns->rules, &rule->o);
    return r;
}

static void forget_rules(void *userdata)
{
    ((struct view *)userdata)->netns->rules = (struct list){0};
}

int view_rules(struct view *view)
{
    struct fib_rule_hdr header = {.family = AF_UNSPEC};

    return view_dump(view, RTM_GETRULE, &header, sizeof header, see_rule, forget_rules);
}
