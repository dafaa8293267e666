/* SPDX-License-Identifier: MIT */
/*
 * Job: load rulesets: for real (OP_NFTABLES), and before anything is made in a namespace that
 * nobody sees.
 * In: rulesets. Out: tables; their listings; errors at the lines of the file.
 *
 * What is replaced is replaced in one transaction: packets meet the old rules or the new ones.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/report.h"
#include "kernel/internal.h"
#include "kernel/nft.h"

/* What is loaded */

/* One line for what goes, then what comes; either may be NULL. NULL: out of memory. */
static char *write_commands(const struct ruleset *from, const struct ruleset *to)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    if (from)
        ruleset_write_removal(from, "; ", out);
    putc('\n', out);
    if (to)
        ruleset_write(to, out);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static unsigned count_lines(const char *text)
{
    unsigned lines = 0;

    for (const char *c = text; *c; c++)
        lines += *c == '\n' || !c[1];
    return lines;
}

/* Complaints */

struct complaint {
    struct kernel *kernel;
    const struct netns *netns;
    const struct ruleset *ruleset;
    const char *doing; /* "", or what was done */
    struct netlab_report *report;
    int error;
    bool alone; /* it is not known which interfaces others have there */
};

static void hint_word(const struct complaint *complaint, struct mark mark)
{
    const struct list *interfaces = &complaint->netns->interfaces;
    CLEANUP_FREE const char **names = calloc(interfaces->count + 1, sizeof *names);
    char word[IFACE_NAME_MAX + 1] = "";
    size_t count = 0, size = 0;
    const char *line = source_line(&complaint->kernel->lab->source, mark.line, &size);

    if (!names || !line || mark.column - 1 + mark.length > size || mark.length > IFACE_NAME_MAX)
        return;
    memcpy(word, line + mark.column - 1, mark.length);
    LIST_EACH (struct iface, iface, interfaces)
        names[count++] = iface->o.name;
    report_similar(complaint->report, word, names);
}

/* Whether it is about what netlab makes of the shorthands. The first line is netlab's, too. */
static bool is_made(const struct ruleset *ruleset, struct text_place place)
{
    const char *own = ruleset->texts[RULESET_TEXT];

    return ruleset->texts[RULESET_MADE] && place.line > 1 + (own ? count_lines(own) : 0);
}

static void complain_of_made(const struct complaint *complaint, const char *text, size_t size)
{
    const struct nft_table *table = NULL;

    LIST_EACH (struct nft_table, one, &complaint->ruleset->tables)
        if (one->part == RULESET_MADE)
            table = one;
    report_error(complaint->report, complaint->error, &complaint->kernel->lab->source,
                 table ? table->o.mark : complaint->ruleset->o.mark,
                 "%snftables that netlab makes of it: %.*s", complaint->doing, (int)size, text);
    report_hint(complaint->report, "it needs a kernel with CONFIG_NFT_NAT, CONFIG_NFT_MASQ and "
                                   "CONFIG_NFT_FIB_INET");
}

static bool lacks_interface(const char *text, size_t size)
{
    static const char sign[] = "Interface does not exist";

    return memmem(text, size, sign, strlen(sign));
}

static void complain(const struct complaint *complaint, struct text_place place, const char *text,
                     size_t size)
{
    const struct source *source = &complaint->kernel->lab->source;
    const struct ruleset *ruleset = complaint->ruleset;
    struct mark mark = ruleset->o.mark;

    if (place.line > 1 && ruleset->texts[RULESET_TEXT] == complaint->netns->nftables) {
        place.line--;
        mark = ruleset_mark(source, complaint->netns, place);
    }
    report_error(complaint->report, complaint->error, source, mark, "%snftables: %.*s",
                 complaint->doing, (int)size, text);
    if (!lacks_interface(text, size))
        return;
    hint_word(complaint, mark);
    /* where no name is similar */
    report_hint(complaint->report,
                "of one that comes later, `iifname` and `oifname` take the name");
}

/* Whether the kernel says so, which may lack what the text asks for, and not the library. */
static bool is_kernels(const char *text, size_t size)
{
    static const char sign[] = "Could not process rule";

    return size >= strlen(sign) && strncmp(text, sign, strlen(sign)) == 0;
}

/* All that the library says of a text that it refuses. -EBADMSG: the file's text is wrong, whatever
   the kernel; else the complaint's error. */
static int complain_all(const struct complaint *complaint, struct nft *nft)
{
    struct text_place place;
    const char *text;
    size_t size;
    bool any = false, made = false, kernels = false;

    while (nft_error(nft, &place, &text, &size)) {
        if (complaint->alone && lacks_interface(text, size))
            continue;
        kernels |= is_kernels(text, size);
        if (!is_made(complaint->ruleset, place))
            complain(complaint, place, text, size);
        else if (!made)
            complain_of_made(complaint, text, size);
        made |= is_made(complaint->ruleset, place);
        any = true;
    }
    if (!any)
        complain(complaint, (struct text_place){0}, "refused", strlen("refused"));
    return any && !made && !kernels && complaint->error == EINVAL ? -EBADMSG : -complaint->error;
}

/* Why there is no library, or no nftables in the kernel. */
static int complain_of_system(const struct complaint *complaint, int error)
{
    const struct source *source = &complaint->kernel->lab->source;
    struct mark mark = complaint->ruleset->o.mark;

    if (error == -ENOPKG) {
        report_error(complaint->report, ENOPKG, source, mark, "nftables need libnftables: %s",
                     nft_fault());
        report_hint(complaint->report, "on Debian it is the package libnftables1");
    } else if (error == -EPROTONOSUPPORT) {
        report_error(complaint->report, EPROTONOSUPPORT, source, mark,
                     "this kernel has no nftables");
        report_hint(complaint->report, "CONFIG_NF_TABLES provides it, in the module nf_tables");
    } else if (error == -ENOMEM) {
        return report_oom(complaint->report);
    } else {
        report_error(complaint->report, -error, source, mark, "cannot try the ruleset: %s",
                     strerror(-error));
    }
    return error;
}

/* For real */

int ruleset_run(struct kernel *kernel, const struct op *op, struct netlab_report *report)
{
    const struct ruleset *from = (const struct ruleset *)op->from;
    const struct ruleset *to = (const struct ruleset *)op->to;
    const struct complaint complaint = {.kernel = kernel,
                                        .netns = op->netns,
                                        .ruleset = (const struct ruleset *)op_object(op),
                                        .doing = "cannot load ",
                                        .report = report,
                                        .error = EIO};
    CLEANUP_FREE char *commands = write_commands(from, to);
    struct nft *opened = NULL;
    int r = commands ? nft_open(kernel, kernel_channel(kernel, op->netns), &opened) : -ENOMEM;
    CLEANUP_NFT *nft = opened;

    if (r == 0)
        r = nft_load(nft, commands);
    if (r == -EINVAL)
        return complain_all(&complaint, nft);
    return r < 0 ? complain_of_system(&complaint, r) : 0;
}

/* In a namespace that nobody sees */

struct stand_in {
    struct stand_in *next;
    const char *name;
    uint32_t ifindex;
};

/*
 * One namespace will do for several rulesets, as long as nothing in it stands for an interface that
 * the next one does not have: each that goes keeps the kernel busy.
 */
struct trial {
    struct kernel *kernel;
    const struct netlab_lab *lab;
    const struct netns *netns;    /* whose ruleset it is */
    const struct netns *seen;     /* what it is already; NULL: that is not known */
    struct channel channel;       /* of the namespace that nobody sees */
    struct stand_in *stand_ins;   /* what is in it */
    const struct ruleset *loaded; /* what was loaded there with just those; NULL: nothing */
    bool alone;                   /* nothing is known of the machine */
    int error;
};

static int open_trial(struct trial *trial)
{
    int r = 0, back;

    if (unshare(CLONE_NEWNET) < 0)
        return -errno;
    trial->channel.netns_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (trial->channel.netns_fd < 0)
        r = -errno;
    else
        r = channel_open(&trial->channel);
    back = kernel_leave(trial->kernel);
    return r < 0 ? r : back;
}

static void close_trial(struct trial *trial)
{
    channel_close(&trial->channel);
    trial->stand_ins = NULL;
    trial->loaded = NULL;
}

static uint32_t seen_ifindex(const struct trial *trial, const char *name)
{
    const struct iface *is = trial->seen ? netns_iface(trial->seen, name) : NULL;

    return is ? is->ifindex : 0;
}

/* Whether what is there can serve the next ruleset, too. */
static bool fits(const struct trial *trial)
{
    if (trial->channel.netns_fd < 0 || trial->netns->foreign)
        return false;
    for (const struct stand_in *one = trial->stand_ins; one; one = one->next)
        if (!netns_iface(trial->netns, one->name) || seen_ifindex(trial, one->name) != one->ifindex)
            return false;
    return true;
}

/* A bridge stands for any interface: only the name counts, and the index where it is known. */
static int make_stand_in(struct trial *trial, const char *name, uint32_t ifindex)
{
    struct ifinfomsg header = {.ifi_index = (int)ifindex};
    struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    struct nlattr *info = NULL;
    int r;

    if (msg && nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) == 0 &&
        nla_put_string(msg, IFLA_IFNAME, name) == 0)
        info = nla_nest_start(msg, IFLA_LINKINFO);
    if (!info || nla_put_string(msg, IFLA_INFO_KIND, "bridge") < 0) {
        nlmsg_free(msg);
        return -ENOMEM;
    }
    nla_nest_end(msg, info);
    r = channel_request(&trial->channel, msg, NULL, NULL);
    if (r == -EEXIST && ifindex) /* one that the kernel has put there has the index */
        return make_stand_in(trial, name, 0);
    return r == -EEXIST ? 0 : r;
}

static int stand_in(struct trial *trial, const char *name, uint32_t ifindex)
{
    struct stand_in *one = trial->stand_ins;

    while (one && strcmp(one->name, name) != 0)
        one = one->next;
    if (one)
        return 0;
    one = ARENA_NEW(trial->lab->arena, struct stand_in);
    if (!one)
        return -ENOMEM;
    *one = (struct stand_in){trial->stand_ins, arena_strdup(trial->lab->arena, name), ifindex};
    trial->stand_ins = one;
    trial->loaded = NULL;
    return one->name ? make_stand_in(trial, name, ifindex) : -ENOMEM;
}

/* Only names that the text has in it can matter. */
static bool is_named(const struct trial *trial, const char *name)
{
    const char *text = trial->netns->ruleset->texts[RULESET_TEXT];

    return strcmp(name, "lo") != 0 && text && strstr(text, name);
}

static void stand_in_for(uint32_t ifindex, uint32_t group, const char *name, void *userdata)
{
    struct trial *trial = userdata;

    (void)group;
    if (trial->error == 0 && is_named(trial, name))
        trial->error = stand_in(trial, name, ifindex);
}

static int stand_in_for_all(struct trial *trial)
{
    int r = 0;

    LIST_EACH (struct iface, iface, &trial->netns->interfaces)
        if (r == 0 && is_named(trial, iface->o.name))
            r = stand_in(trial, iface->o.name, seen_ifindex(trial, iface->o.name));
    if (r == 0 && trial->netns->foreign && !trial->alone)
        r = kernel_links(trial->kernel, trial->seen ? trial->seen : trial->netns, stand_in_for,
                         trial);
    return r < 0 ? r : trial->error;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* What is loaded already need not be loaded again. */
static bool take_listings(const struct trial *trial)
{
    struct ruleset *ruleset = trial->netns->ruleset;

    for (size_t i = 0; i < RULESET_PARTS; i++)
        if (!trial->loaded || !same_text(trial->loaded->texts[i], ruleset->texts[i]))
            return false;
    LIST_EACH (struct nft_table, table, &ruleset->tables) {
        const struct nft_table *is = ruleset_find(trial->loaded, table->family, table->o.name);

        table->listing = is ? is->listing : NULL;
    }
    ruleset->tried = true;
    return true;
}

/* Families that the kernel was built without. 0 or -EOPNOTSUPP. */
static int check_families(const struct complaint *complaint, struct nft *nft)
{
    static const struct {
        const char *family, *config;
    } configs[] = {{"ip", "NF_TABLES_IPV4"},       {"ip6", "NF_TABLES_IPV6"},
                   {"inet", "NF_TABLES_INET"},     {"arp", "NF_TABLES_ARP"},
                   {"bridge", "NF_TABLES_BRIDGE"}, {"netdev", "NF_TABLES_NETDEV"}};
    int r = 0;

    LIST_EACH (struct nft_table, table, &complaint->ruleset->tables) {
        char command[64];

        snprintf(command, sizeof command, "add table %s netlab", table->family);
        if (nft_load(nft, command) == 0)
            continue;
        r = report_error(complaint->report, EOPNOTSUPP, &complaint->kernel->lab->source,
                         table->o.mark, "this kernel's nftables have no family %s", table->family);
        for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++)
            if (strcmp(configs[i].family, table->family) == 0)
                report_hint(complaint->report, "CONFIG_%s provides it", configs[i].config);
    }
    return r;
}

/* A part by itself: what one of them lacks is not to be seen in the other. */
static int load_part(struct trial *trial, struct nft *nft, struct complaint complaint,
                     enum ruleset_part part)
{
    struct ruleset alone = *complaint.ruleset;
    CLEANUP_FREE char *commands = NULL;
    struct nft *opened = NULL;
    int r;

    for (size_t i = 0; i < RULESET_PARTS; i++)
        if (i != part)
            alone.texts[i] = NULL;
    complaint.ruleset = &alone;
    commands = write_commands(NULL, &alone);
    r = commands ? nft_load(nft, commands) : -ENOMEM;
    if (r != -EINVAL)
        return r < 0 ? complain_of_system(&complaint, r) : 0;
    /* one of its own, since the first has what to complain about */
    r = nft_open(trial->kernel, &trial->channel, &opened);
    if (r == 0)
        r = check_families(&complaint, opened);
    nft_close(opened);
    return r < 0 ? r : complain_all(&complaint, nft);
}

static int load_trial(struct trial *trial, const struct complaint *complaint)
{
    struct ruleset *ruleset = trial->netns->ruleset;
    struct nft *opened = NULL;
    int r = nft_open(trial->kernel, &trial->channel, &opened);
    CLEANUP_NFT *nft = opened;

    if (r == 0)
        r = nft_load(nft, "flush ruleset");
    if (r < 0)
        return complain_of_system(complaint, r);
    for (size_t part = 0; part < RULESET_PARTS && r == 0; part++)
        if (ruleset->texts[part])
            r = load_part(trial, nft, *complaint, (enum ruleset_part)part);
    if (r < 0)
        return r;
    r = nft_list(nft, ruleset, trial->lab->arena);
    ruleset->tried = r == 0;
    trial->loaded = ruleset;
    return r < 0 ? complain_of_system(complaint, r) : 0;
}

static int try_ruleset(struct trial *trial, struct netlab_report *report)
{
    const struct complaint complaint = {.kernel = trial->kernel,
                                        .netns = trial->netns,
                                        .ruleset = trial->netns->ruleset,
                                        .doing = "",
                                        .report = report,
                                        .error = EINVAL,
                                        .alone = trial->alone && trial->netns->foreign};
    int r = nft_fault() ? -ENOPKG : 0;

    if (r == 0 && !fits(trial)) {
        close_trial(trial);
        r = open_trial(trial);
    }
    if (r == 0)
        r = stand_in_for_all(trial);
    if (r == 0 && take_listings(trial))
        return 0;
    r = r < 0 ? complain_of_system(&complaint, r) : load_trial(trial, &complaint);
    /* what others have, and what was not loaded as a whole, is in the way of the next */
    if (r < 0 || trial->netns->foreign)
        close_trial(trial);
    return r;
}

int kernel_need_nft(struct kernel *kernel, const struct netlab_lab *lab,
                    struct netlab_report *report)
{
    LIST_EACH (struct netns, netns, &lab->namespaces) {
        const struct complaint complaint = {
            .kernel = kernel, .netns = netns, .ruleset = netns->ruleset, .report = report};

        if (netns->ruleset && nft_fault())
            return complain_of_system(&complaint, -ENOPKG);
    }
    return 0;
}

void kernel_check_rulesets(struct kernel *kernel, const struct netlab_lab *lab, ruleset_bad_fn *bad,
                           void *userdata)
{
    struct trial trial = {.kernel = kernel, .lab = lab, .channel = {-1, -1, 1}, .alone = true};
    struct netlab_report *report = netlab_report_new();

    LIST_EACH (struct netns, netns, &lab->namespaces) {
        trial.netns = netns;
        netlab_report_clear(report);
        if (report && netns->ruleset && try_ruleset(&trial, report) == -EBADMSG)
            bad(report, userdata);
    }
    close_trial(&trial);
    netlab_report_free(report);
}

int kernel_try_rulesets(struct kernel *kernel, const struct netlab_lab *lab,
                        const struct netlab_lab *seen, struct netlab_report *report)
{
    struct trial trial = {.kernel = kernel, .lab = lab, .channel = {-1, -1, 1}};
    int first = 0;

    LIST_EACH (struct netns, netns, &lab->namespaces) {
        int r = 0;

        trial.netns = netns;
        trial.seen = seen ? strmap_get(&seen->names, netns->o.name) : NULL;
        if (netns->ruleset && !netns->ruleset->tried && (!seen || trial.seen))
            r = try_ruleset(&trial, report);
        if (first == 0)
            first = r;
        if (r == -ENOPKG || r == -ENOMEM)
            break; /* it would be the same of all others */
    }
    close_trial(&trial);
    return first;
}
