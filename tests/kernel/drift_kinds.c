/* SPDX-License-Identifier: MIT */
/*
 * Job: what people do behind netlab's back.
 *
 * What is destroyed is something that the file asks for. The commands of its plan tell what that
 * is: most of them are undone by writing `del` for `add`.
 */
#include <stdlib.h>
#include <string.h>

#include "drift.h"

static const char *ip(const char *netns)
{
    return netns ? text("ip -n %s", netns) : "ip";
}

/* Choosing among the commands of the plan */

/* One that has both parts; NULL: there is none. */
static const char *some_command(struct random *random, const struct script *script, const char *one,
                                const char *other)
{
    const char *chosen = NULL;
    unsigned seen = 0;

    for (size_t i = 0; i < script->count; i++)
        if (strstr(script->lines[i], one) && strstr(script->lines[i], other) &&
            random_one_in(random, ++seen))
            chosen = script->lines[i];
    return chosen;
}

static const char *word_behind(const char *line, const char *word)
{
    const char *found = strstr(line, text(" %s ", word));

    if (!found)
        return NULL;
    found += strlen(word) + 2;
    return text("%.*s", (int)strcspn(found, " "), found);
}

static const char *replaced(const char *line, const char *part, const char *by)
{
    const char *found = strstr(line, part);

    return text("%.*s%s%s", (int)(found - line), line, by, found + strlen(part));
}

static const char *netns_of(const char *command)
{
    const char *name = command_netns(command);

    return strcmp(name, "host") == 0 ? NULL : name;
}

static bool destroy(struct drift *ret, const char *command)
{
    *ret = (struct drift){command, NULL, true};
    return true;
}

/* What a command adds, deleted; it is told as it was added. */
static bool delete_as_added(struct random *random, const struct script *script, const char *object,
                            struct drift *ret)
{
    const char *command = some_command(random, script, text(" %s add ", object), "");

    return command &&
           destroy(ret, replaced(command, text(" %s add ", object), text(" %s del ", object)));
}

static bool delete_route(struct random *random, const struct script *script, struct drift *ret)
{
    return delete_as_added(random, script, "route", ret);
}

static bool delete_rule(struct random *random, const struct script *script, struct drift *ret)
{
    return delete_as_added(random, script, "rule", ret);
}

static bool delete_altname(struct random *random, const struct script *script, struct drift *ret)
{
    return delete_as_added(random, script, "property", ret);
}

static bool delete_neighbor(struct random *random, const struct script *script, struct drift *ret)
{
    const char *command = some_command(random, script, " neigh add ", "");

    return command && destroy(ret, text("%s neigh del %s dev %s", ip(netns_of(command)),
                                        word_behind(command, "add"), word_behind(command, "dev")));
}

static bool delete_address(struct random *random, const struct script *script, struct drift *ret)
{
    const char *command = some_command(random, script, " addr add ", ""), *peer;

    if (!command)
        return false;
    peer = word_behind(command, "peer");
    return destroy(ret, text("%s addr del %s%s%s dev %s", ip(netns_of(command)),
                             word_behind(command, "add"), peer ? " peer " : "", peer ? peer : "",
                             word_behind(command, "dev")));
}

/* Another value of a setting that has a single number. */
static bool change_sysctl(struct random *random, const struct script *script, struct drift *ret)
{
    const char *command = some_command(random, script, "sysctl -qw ", "="), *equals;
    char *end;
    long value;

    if (!command)
        return false;
    equals = strrchr(command, '=');
    value = strtol(equals + 1, &end, 0);
    return end != equals + 1 && !*end &&
           destroy(ret, text("%.*s=%ld", (int)(equals - command), command,
                             value == 0   ? 1
                             : value == 1 ? 0
                                          : value - 1));
}

/* A property that a command gives an interface, of which it may name two: itself and its peer. */
static bool some_property(struct random *random, const struct script *script, const char *property,
                          const char **ret_netns, const char **ret_iface, const char **ret_value)
{
    const char *command = some_command(random, script, " link ", text(" %s ", property));
    const char *peer = command ? strstr(command, " peer name ") : NULL, *there;

    if (!command)
        return false;
    *ret_netns = netns_of(command);
    if (peer && strstr(peer, text(" %s ", property)) && random_one_in(random, 2)) {
        there = word_behind(peer, "netns");
        if (there)
            *ret_netns = strcmp(there, "$$") == 0 ? NULL : there;
        *ret_iface = word_behind(peer, "name");
        *ret_value = word_behind(peer, property);
        return true;
    }
    command = peer ? text("%.*s ", (int)(peer - command), command) : command;
    *ret_iface = word_behind(command, strstr(command, " link add ") ? "add" : "dev");
    *ret_value = word_behind(command, property);
    return *ret_value && *ret_iface;
}

static bool change_mtu(struct random *random, const struct script *script, struct drift *ret)
{
    const char *netns, *iface, *value;
    long mtu;

    if (!some_property(random, script, "mtu", &netns, &iface, &value))
        return false;
    mtu = strtol(value, NULL, 10);
    /* Too small for IPv6, now and then: the kernel takes all of it away then. */
    return destroy(ret, text("%s link set %s mtu %ld", ip(netns), iface,
                             random_one_in(random, 4) ? 600
                             : mtu > 1300             ? mtu - 20
                                                      : mtu + 20));
}

static bool change_queue(struct random *random, const struct script *script, struct drift *ret)
{
    const char *netns, *iface, *value;

    return some_property(random, script, "txqueuelen", &netns, &iface, &value) &&
           destroy(ret, text("%s link set %s txqueuelen %ld", ip(netns), iface,
                             strtol(value, NULL, 10) + 1));
}

static bool change_mac(struct random *random, const struct script *script, struct drift *ret)
{
    const char *netns, *iface, *value;

    return some_property(random, script, "address", &netns, &iface, &value) &&
           destroy(ret, text("%s link set %s address 02:dd:00:00:00:%02x", ip(netns), iface,
                             random_below(random, 256)));
}

static bool change_alias(struct random *random, const struct script *script, struct drift *ret)
{
    const char *netns, *iface, *value;

    return some_property(random, script, "alias", &netns, &iface, &value) &&
           destroy(ret, text("%s link set %s alias '%s'", ip(netns), iface,
                             random_one_in(random, 2) ? "drifted" : ""));
}

/* One of the options that a command lists behind `type KIND`, set to something else. */
static bool change_option(struct random *random, const struct script *script, const char *type,
                          struct drift *ret)
{
    const char *command = some_command(random, script, " link ", text(" type %s ", type));
    const char *chosen = NULL, *iface;
    char *copy, *rest = NULL;
    unsigned seen = 0;

    if (!command)
        return false;
    copy = strdup(strstr(command, text(" type %s ", type)) + strlen(type) + strlen(" type  "));
    if (!copy)
        abort();
    for (char *name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
        const char *value = strtok_r(NULL, " ", &rest), *other = NULL;

        if (strcmp(value, "on") == 0 || strcmp(value, "off") == 0)
            other = value[1] == 'n' ? "off" : "on";
        else if (strncmp(name, "mcast_snoop", 11) == 0 || strncmp(name, "nf_", 3) == 0)
            other = value[0] == '0' ? "1" : "0";
        else if (strcmp(name, "cost") == 0 || strcmp(name, "ageing_time") == 0)
            other = text("%ld", strtol(value, NULL, 10) + 7);
        if (other && random_one_in(random, ++seen))
            chosen = text("%s %s", name, other);
    }
    free(copy);
    iface = word_behind(command, strstr(command, " link add ") ? "add" : "dev");
    return chosen && destroy(ret, text("%s link set %s type %s %s", ip(netns_of(command)), iface,
                                       type, chosen));
}

static bool change_bridge(struct random *random, const struct script *script, struct drift *ret)
{
    return change_option(random, script, "bridge", ret);
}

static bool change_port(struct random *random, const struct script *script, struct drift *ret)
{
    return change_option(random, script, "bridge_slave", ret);
}

/* Choosing among the links that the kernel shows */

struct device {
    const char *netns, *name;
};

static bool any(json_t *link)
{
    (void)link;
    return true;
}

static bool is_up(json_t *link)
{
    return json_has(json_at(link, "flags"), "UP");
}

static bool is_port(json_t *link)
{
    return json_text(link, "master");
}

static bool is_veth(json_t *link)
{
    const char *kind = json_text(link, "linkinfo info_kind");

    return kind && strcmp(kind, "veth") == 0;
}

static bool is_in_plan(const struct script *script, const char *netns, const char *name)
{
    for (size_t i = 0; i < script->count; i++)
        if (command_concerns(script->lines[i], netns ? netns : "host", name))
            return true;
    return false;
}

/* Those that converge_enter() has made: a file may refer to them, but they are the machine's. */
static bool is_of_the_machine(const char *netns, const char *name)
{
    return !netns && (strcmp(name, "enp0s3") == 0 || strcmp(name, "wlan0") == 0);
}

/* Of the lab's, not of those that strangers added. */
static bool some_device(struct random *random, const struct script *script,
                        bool (*good)(json_t *link), struct device *ret)
{
    unsigned seen = 0;

    for (size_t i = 0; i <= script->count; i++) {
        const char *netns = i < script->count ? netns_of(script->lines[i]) : NULL;
        json_t *link;
        size_t j;

        if (i < script->count && strncmp(script->lines[i], "fresh ", 6) != 0)
            continue;
        if (sh("%s link show", ip(netns)).status != 0)
            continue; /* its name is gone already */
        json_array_foreach(ip_json("%s -d -j link show", ip(netns)), j, link)
        {
            const char *name = json_text(link, "ifname");

            if (strcmp(name, "lo") != 0 && is_in_plan(script, netns, name) &&
                !is_of_the_machine(netns, name) && good(link) && random_one_in(random, ++seen))
                *ret = (struct device){netns, name};
        }
    }
    return seen > 0;
}

static bool delete_link(struct random *random, const struct script *script, struct drift *ret)
{
    struct device device;

    return some_device(random, script, any, &device) &&
           destroy(ret, text("%s link del %s", ip(device.netns), device.name));
}

static bool link_down(struct random *random, const struct script *script, struct drift *ret)
{
    struct device device;

    return some_device(random, script, is_up, &device) &&
           destroy(ret, text("%s link set %s down", ip(device.netns), device.name));
}

static bool unplug(struct random *random, const struct script *script, struct drift *ret)
{
    struct device device;

    return some_device(random, script, is_port, &device) &&
           destroy(ret, text("%s link set %s nomaster", ip(device.netns), device.name));
}

/* Where both ends are, the pair is nobody's any more: it stays. */
static bool rename_link(struct random *random, const struct script *script, struct drift *ret)
{
    unsigned n = random_below(random, 1000);
    struct device device;

    if (!some_device(random, script, is_veth, &device))
        return false;
    *ret = (struct drift){text("%s link set %s name drifted%u", ip(device.netns), device.name, n),
                          text("%s link del drifted%u", ip(device.netns), n), true};
    return true;
}

static const char *some_netns(struct random *random, const struct script *script)
{
    const char *command = some_command(random, script, "fresh ", "");

    return command ? netns_of(command) : NULL;
}

static bool move_link(struct random *random, const struct script *script, struct drift *ret)
{
    const char *netns = some_netns(random, script);
    struct device device;

    return netns && some_device(random, script, is_veth, &device) && device.netns &&
           strcmp(netns, device.netns) != 0 &&
           destroy(ret, text("%s link set %s netns %s", ip(device.netns), device.name, netns));
}

static bool lo_down(struct random *random, const struct script *script, struct drift *ret)
{
    const char *command = some_command(random, script, "ip -n ", " link set dev lo ");

    return command && strstr(command, " up") &&
           destroy(ret, text("%s link set lo down", ip(netns_of(command))));
}

static bool delete_netns(struct random *random, const struct script *script, struct drift *ret)
{
    const char *netns = some_netns(random, script);

    return netns && destroy(ret, text("ip netns del %s", netns));
}

static bool delete_name(struct random *random, const struct script *script, struct drift *ret)
{
    const char *netns = some_netns(random, script);

    return netns && destroy(ret, text("rm /run/netns/%s", netns));
}

/* What strangers add */

static bool add(struct drift *ret, const char *command, const char *undo)
{
    *ret = (struct drift){command, undo, false};
    return true;
}

/* With an interface's last IPv4 address go its IPv4 routes, those by IPv6 gateways too. */
static bool add_address(struct random *random, const struct script *script, struct drift *ret)
{
    unsigned n = random_below(random, 250);
    struct device device;

    return !some_command(random, script, " via inet6 ", "") &&
           some_device(random, script, any, &device) &&
           add(ret, text("%s addr add 198.18.%u.1/24 dev %s", ip(device.netns), n, device.name),
               text("%s addr del 198.18.%u.1/24 dev %s", ip(device.netns), n, device.name));
}

static bool add_route(struct random *random, const struct script *script, struct drift *ret)
{
    const char *netns = some_netns(random, script);
    unsigned n = random_below(random, 250);

    return netns && add(ret, text("%s route add blackhole 198.19.%u.0/24", ip(netns), n),
                        text("%s route del blackhole 198.19.%u.0/24", ip(netns), n));
}

static bool add_rule(struct random *random, const struct script *script, struct drift *ret)
{
    const char *netns = some_netns(random, script);
    unsigned n = 31000 + random_below(random, 1000);

    return netns && add(ret, text("%s rule add pref %u from 198.18.0.1 lookup 99", ip(netns), n),
                        text("%s rule del pref %u", ip(netns), n));
}

static bool add_neighbor(struct random *random, const struct script *script, struct drift *ret)
{
    unsigned n = random_below(random, 250);
    struct device device;

    return some_device(random, script, is_veth, &device) &&
           add(ret,
               text("%s neigh add 198.18.0.%u lladdr 02:dd:00:00:00:01 dev %s nud permanent",
                    ip(device.netns), n, device.name),
               text("%s neigh del 198.18.0.%u dev %s", ip(device.netns), n, device.name));
}

static bool add_altname(struct random *random, const struct script *script, struct drift *ret)
{
    unsigned n = random_below(random, 1000);
    struct device device;

    return some_device(random, script, any, &device) &&
           add(ret,
               text("%s link property add dev %s altname stranger%u", ip(device.netns), device.name,
                    n),
               text("%s link property del dev %s altname stranger%u", ip(device.netns), device.name,
                    n));
}

static bool add_veth(struct random *random, const struct script *script, struct drift *ret)
{
    const char *one = some_netns(random, script), *other = some_netns(random, script);
    unsigned n = random_below(random, 1000);

    return one && add(ret,
                      text("%s link add stranger%u up type veth peer name there%u netns %s",
                           ip(one), n, n, other),
                      text("%s link del stranger%u", ip(one), n));
}

static bool add_bridge(struct random *random, const struct script *script, struct drift *ret)
{
    const char *netns = some_netns(random, script);
    unsigned n = random_below(random, 1000);

    return netns && add(ret, text("%s link add strange%u up type bridge", ip(netns), n),
                        text("%s link del strange%u", ip(netns), n));
}

static bool add_netns(struct random *random, const struct script *script, struct drift *ret)
{
    unsigned n = random_below(random, 1000);

    (void)script;
    return add(ret, text("ip netns add stranger%u", n), text("ip netns del stranger%u", n));
}

const struct drift_kind drift_kinds[] = {
    {"address deleted", delete_address},
    {"route deleted", delete_route},
    {"rule deleted", delete_rule},
    {"neighbor deleted", delete_neighbor},
    {"altname deleted", delete_altname},
    {"sysctl changed", change_sysctl},
    {"mtu changed", change_mtu},
    {"txqueuelen changed", change_queue},
    {"mac changed", change_mac},
    {"alias changed", change_alias},
    {"bridge option changed", change_bridge},
    {"port option changed", change_port},
    {"link deleted", delete_link},
    {"link down", link_down},
    {"link renamed", rename_link},
    {"link moved", move_link},
    {"unplugged", unplug},
    {"lo down", lo_down},
    {"namespace deleted", delete_netns},
    {"namespace without a name", delete_name},
    {"stranger's address", add_address},
    {"stranger's route", add_route},
    {"stranger's rule", add_rule},
    {"stranger's neighbor", add_neighbor},
    {"stranger's altname", add_altname},
    {"stranger's veth pair", add_veth},
    {"stranger's bridge", add_bridge},
    {"stranger's namespace", add_netns},
};

unsigned drift_kind_count(void)
{
    return COUNT(drift_kinds);
}
