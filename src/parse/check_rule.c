/* SPDX-License-Identifier: MIT */
/*
 * Job: policy-routing rules and neighbors.
 * In: a namespace with resolved names and definite values. Out: complaints.
 */
#include <linux/fib_rules.h>
#include <sys/socket.h>

#include "kinds/kind.h"
#include "model/ip.h"
#include "parse/check.h"
#include "parse/reach.h"

#define FAIL(p, object, field, ...)                                                                \
    (set_broken(object), ERROR(p, object_mark(&(object)->o, field), __VA_ARGS__))

static bool check_rule(struct parse *p, struct rule *rule)
{
    if (rule->from.ip.family && rule->to.ip.family && rule->from.ip.family != rule->to.ip.family)
        FAIL(p, rule, RULE_TO, "'from' and 'to' are of different families");
    else if ((rule->from.ip.family && rule->from.ip.family != rule->family) ||
             (rule->to.ip.family && rule->to.ip.family != rule->family))
        FAIL(p, rule, RULE_FAMILY, "'family' is another one than that of the addresses");
    else if (rule->action == FR_ACT_TO_TBL && !object_has(&rule->o, RULE_TABLE))
        FAIL(p, rule, RULE_ACTION, "the rule needs 'table', or an 'action' other than lookup");
    else if (rule->action != FR_ACT_TO_TBL && object_has(&rule->o, RULE_TABLE))
        FAIL(p, rule, RULE_TABLE, "a rule of action %s takes no 'table'",
             choice_word(choices_action, rule->action));
    return !is_broken(rule);
}

static int check_rule_twice(struct parse *p, struct rule *rule, struct strmap *seen)
{
    char from[PREFIX_KEY], to[PREFIX_KEY];
    const struct rule *first;
    char *key;
    int err;

    key = arena_printf(p->scratch, "%u %u %s %s %s %s %u/%u %u %u", rule->priority, rule->family,
                       prefix_key(&rule->from.ip, rule->from.length, from),
                       prefix_key(&rule->to.ip, rule->to.length, to),
                       rule->iif.name ? rule->iif.name : "", rule->oif.name ? rule->oif.name : "",
                       rule->fwmark.value, rule->fwmark.mask, rule->table, rule->action);
    err = key ? strmap_add(seen, p->scratch, key, rule) : -ENOMEM;
    if (err != -EEXIST)
        return err;
    first = strmap_get(seen, key);
    set_broken(rule);
    ERROR(p, rule->o.mark, "the same rule is given twice");
    HINT(p, "the first one is on line %u", first->o.mark.line);
    return 0;
}

int check_rules(struct parse *p, struct netns *netns)
{
    struct strmap seen = {0};

    LIST_EACH (struct rule, rule, &netns->rules)
        if (!is_broken(rule) && check_rule(p, rule) && check_rule_twice(p, rule, &seen) < 0)
            return -ENOMEM;
    return 0;
}

static int check_neighbor(struct parse *p, const struct netns *netns, struct neighbor *neighbor,
                          struct strmap *seen)
{
    char ip[PREFIX_KEY], text[IP_TEXT];
    const struct neighbor *first;
    char *key;
    int err;

    ip_text(&neighbor->to, text);
    if (ip_is_zero(&neighbor->to) || ip_is_multicast(&neighbor->to)) {
        FAIL(p, neighbor, NEIGHBOR_TO, "%s can not be a neighbor", text);
        return 0;
    }
    if (neighbor->dev.iface && neighbor->dev.iface == netns->lo) {
        FAIL(p, neighbor, NEIGHBOR_DEV, "lo has no neighbors");
        return 0;
    }
    if (neighbor->dev.iface && neighbor->dev.iface->kind &&
        neighbor->dev.iface->kind->flags & KIND_NO_ETHERNET) {
        FAIL(p, neighbor, NEIGHBOR_DEV, "%s has no neighbors: it carries no frames with MACs",
             neighbor->dev.name);
        return 0;
    }
    key = arena_printf(p->scratch, "%s %s", prefix_key(&neighbor->to, 0, ip), neighbor->dev.name);
    err = key ? strmap_add(seen, p->scratch, key, neighbor) : -ENOMEM;
    if (err != -EEXIST)
        return err;
    first = strmap_get(seen, key);
    FAIL(p, neighbor, NEIGHBOR_TO, "neighbor %s of interface %s is given twice", text,
         neighbor->dev.name);
    HINT(p, "the first one is on line %u", first->o.mark.line);
    return 0;
}

int check_neighbors(struct parse *p, struct netns *netns)
{
    struct strmap seen = {0};

    LIST_EACH (struct neighbor, neighbor, &netns->neighbors)
        if (!is_broken(neighbor) && check_neighbor(p, netns, neighbor, &seen) < 0)
            return -ENOMEM;
    return 0;
}
