/* SPDX-License-Identifier: MIT */
/*
 * Job: libnftables, opened when it is needed; the names of tables, by netlink.
 * In: texts. Out: what nft says to them.
 *
 * The few functions of the library are declared here: its header would bring its licence along.
 */
#include "kernel/nft.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "kernel/internal.h"

#define LIBRARY "libnftables.so.1"

enum {
    STATELESS = 1 << 2, /* NFT_CTX_OUTPUT_STATELESS: neither counters nor timers */
    PATH_SIZE = 32,
};

struct nft_ctx;

/* Of nftables/libnftables.h. */
static struct {
    struct nft_ctx *(*ctx_new)(uint32_t flags);
    void (*ctx_free)(struct nft_ctx *context);
    int (*buffer_output)(struct nft_ctx *context);
    int (*buffer_error)(struct nft_ctx *context);
    const char *(*get_output)(struct nft_ctx *context);
    const char *(*get_error)(struct nft_ctx *context);
    void (*set_output_flags)(struct nft_ctx *context, unsigned flags);
    int (*run_buffer)(struct nft_ctx *context, const char *commands);
    int (*run_file)(struct nft_ctx *context, const char *path);
} library;

static const struct {
    const char *name;
    void *function; /* a pointer to a pointer to one */
} symbols[] = {
    {"nft_ctx_new", &library.ctx_new},
    {"nft_ctx_free", &library.ctx_free},
    {"nft_ctx_buffer_output", &library.buffer_output},
    {"nft_ctx_buffer_error", &library.buffer_error},
    {"nft_ctx_get_output_buffer", &library.get_output},
    {"nft_ctx_get_error_buffer", &library.get_error},
    {"nft_ctx_output_set_flags", &library.set_output_flags},
    {"nft_run_cmd_from_buffer", &library.run_buffer},
    {"nft_run_cmd_from_filename", &library.run_file},
};

static bool loaded;
static char fault[ERROR_TEXT]; /* why not */

static void rescue(void);

static void load_library(void)
{
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

    for (size_t i = 0; handle && i < sizeof symbols / sizeof symbols[0]; i++) {
        void *symbol = dlsym(handle, symbols[i].name);

        if (!symbol)
            handle = NULL;
        memcpy(symbols[i].function, &symbol, sizeof symbol);
    }
    if (!handle)
        snprintf(fault, sizeof fault, "%s", dlerror());
    else if (atexit(rescue) != 0)
        snprintf(fault, sizeof fault, "%s", strerror(ENOMEM));
    else
        loaded = true;
}

const char *nft_fault(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, load_library);
    return loaded ? NULL : fault;
}

/* Tables by netlink */

static const char *family_name(uint8_t family)
{
    /* NFPROTO_…; linux/netfilter.h and netinet/in.h do not get on */
    static const char *const names[] = {
        [1] = "inet", [2] = "ip", [3] = "arp", [5] = "netdev", [7] = "bridge", [10] = "ip6"};

    return family < sizeof names / sizeof names[0] ? names[family] : NULL;
}

struct table_walk {
    nft_table_fn *found;
    void *userdata;
};

static int see_table(const struct nlmsghdr *message, void *userdata)
{
    const struct table_walk *walk = userdata;
    const struct nfgenmsg *header = nlmsg_data(message);
    struct nlattr *name =
        nlmsg_find_attr((struct nlmsghdr *)message, sizeof *header, NFTA_TABLE_NAME);
    const char *family = family_name(header->nfgen_family);

    if (!name || !family)
        return 0;
    return walk->found(family, nla_get_string(name), walk->userdata);
}

static struct nl_msg *message_tables(void)
{
    struct nfgenmsg header = {.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0};
    struct nl_msg *msg =
        nlmsg_alloc_simple(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, NLM_F_REQUEST);

    if (msg && nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) < 0) {
        nlmsg_free(msg);
        return NULL;
    }
    return msg;
}

static void close_channel(struct channel *channel)
{
    channel_close(channel);
}

/* The walk over the tables, or -EPROTONOSUPPORT. */
static int each_table(struct kernel *kernel, const struct channel *where, struct table_walk *walk)
{
    __attribute__((cleanup(close_channel))) struct channel channel = {-1, -1, 1};
    int r = kernel_enter(where), back;

    if (r < 0)
        return r;
    channel.socket = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    r = channel.socket < 0 ? -errno : 0;
    back = kernel_leave(kernel);
    if (r == 0)
        r = channel_dump(&channel, message_tables(), see_table, NULL, walk);
    /* nfnetlink_rcv_msg() */
    if (r == -EINVAL || r == -EOPNOTSUPP)
        r = -EPROTONOSUPPORT;
    return back < 0 ? back : r;
}

int nft_tables(struct kernel *kernel, const struct channel *channel, nft_table_fn *found,
               void *userdata)
{
    struct table_walk walk = {found, userdata};
    int r = each_table(kernel, channel, &walk);

    return r == -EPROTONOSUPPORT ? 0 : r;
}

/* The library */

struct nft {
    struct kernel *kernel;
    const struct channel *channel;
    struct nft_ctx *context;
    char path[PATH_SIZE]; /* of what was loaded last */
    const char *error;    /* the next */
};

static int ignore_table(const char *family, const char *name, void *userdata)
{
    (void)family;
    (void)name;
    (void)userdata;
    return 0;
}

/* The library's list of interfaces is one for all threads. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/*
 * The library looks for interfaces in the namespace of whoever calls. And where it can't go on it
 * ends the process: then what has been made is taken back on the way out, by the thread that has
 * called; what others are at work on is left as by a kill.
 */
static _Thread_local struct {
    struct kernel *kernel; /* NULL: the library is not at work */
    nft_rescue_fn *rescue;
    void *userdata;
} guard;

static int end(struct kernel *kernel)
{
    guard.kernel = NULL;
    pthread_mutex_unlock(&lock);
    return kernel_leave(kernel);
}

static void rescue(void)
{
    struct kernel *kernel = guard.kernel;

    if (!kernel || !guard.rescue)
        return;
    (void)end(kernel);
    guard.rescue(guard.userdata);
}

void nft_guard(nft_rescue_fn *function, void *userdata)
{
    guard.rescue = function;
    guard.userdata = userdata;
}

static int begin(struct kernel *kernel, const struct channel *channel)
{
    int r;

    pthread_mutex_lock(&lock);
    r = kernel_enter(channel);
    if (r == 0)
        guard.kernel = kernel;
    else
        pthread_mutex_unlock(&lock);
    return r;
}

static void release(struct nft *nft)
{
    if (nft->context)
        library.ctx_free(nft->context);
    free(nft);
}

static struct nft *make(struct kernel *kernel, const struct channel *channel)
{
    struct nft *nft = calloc(1, sizeof *nft);

    if (!nft)
        return NULL;
    nft->kernel = kernel;
    nft->channel = channel;
    nft->context = library.ctx_new(0);
    if (!nft->context || library.buffer_output(nft->context) != 0 ||
        library.buffer_error(nft->context) != 0) {
        release(nft);
        return NULL;
    }
    library.set_output_flags(nft->context, STATELESS);
    return nft;
}

int nft_open(struct kernel *kernel, const struct channel *channel, struct nft **ret_nft)
{
    struct table_walk nothing = {.found = ignore_table};
    int r, back;

    *ret_nft = NULL;
    if (nft_fault())
        return -ENOPKG;
    /* the library ends the process where it gets no socket (netlink_open_error()) */
    r = each_table(kernel, channel, &nothing);
    if (r == 0)
        r = begin(kernel, channel);
    if (r < 0)
        return r;
    *ret_nft = make(kernel, channel);
    r = *ret_nft ? 0 : -ENOMEM;
    back = end(kernel);
    return r < 0 ? r : back;
}

void nft_close(struct nft *nft)
{
    if (!nft)
        return;
    pthread_mutex_lock(&lock);
    release(nft);
    pthread_mutex_unlock(&lock);
}

static int write_all(int fd, const char *text)
{
    for (size_t left = strlen(text); left;) {
        ssize_t written = write(fd, text, left);

        if (written < 0 && errno != EINTR)
            return -errno;
        if (written > 0) {
            text += written;
            left -= (size_t)written;
        }
    }
    return 0;
}

/* Of a file it tells the lines, of a buffer it does not. */
int nft_load(struct nft *nft, const char *text)
{
    CLEANUP_FD int fd = memfd_create("nftables", MFD_CLOEXEC);
    int r = fd < 0 ? -errno : write_all(fd, text), back;

    if (r == 0)
        r = begin(nft->kernel, nft->channel);
    if (r < 0)
        return r;
    snprintf(nft->path, sizeof nft->path, "/proc/self/fd/%d", fd);
    r = library.run_file(nft->context, nft->path) == 0 ? 0 : -EINVAL;
    nft->error = library.get_error(nft->context);
    back = end(nft->kernel);
    return back < 0 ? back : r;
}

/* PATH:LINE:FIRST-LAST: */
static struct text_place read_place(const struct nft *nft, const char *line)
{
    size_t size = strlen(nft->path);
    struct text_place place = {0};
    unsigned last = 0;

    if (strncmp(line, nft->path, size) == 0 &&
        sscanf(line + size, ":%u:%u-%u:", &place.line, &place.column, &last) == 3)
        place.length = last >= place.column ? last - place.column + 1 : 1;
    return place;
}

bool nft_error(struct nft *nft, struct text_place *ret_place, const char **ret_text,
               size_t *ret_size)
{
    static const char sign[] = "Error: ";

    while (nft->error && *nft->error) {
        const char *line = nft->error;
        size_t size = strcspn(line, "\n");
        const char *text = memmem(line, size, sign, strlen(sign));

        nft->error += size + (line[size] == '\n');
        if (!text)
            continue; /* the line that it is about, and marks below it */
        text += strlen(sign);
        *ret_place = read_place(nft, line);
        *ret_text = text;
        *ret_size = (size_t)(line + size - text);
        return true;
    }
    return false;
}

static int list_one(struct nft *nft, const char *family, const char *name, struct arena *arena,
                    const char **ret_listing)
{
    CLEANUP_FREE char *command = NULL;
    int r, back;

    if (asprintf(&command, "list table %s %s", family, name) < 0) {
        command = NULL;
        return -ENOMEM;
    }
    r = begin(nft->kernel, nft->channel);
    if (r < 0)
        return r;
    r = library.run_buffer(nft->context, command) == 0 ? 0 : -ENOENT;
    back = end(nft->kernel);
    if (r < 0 || back < 0)
        return back < 0 ? back : r;
    *ret_listing = ruleset_settle(library.get_output(nft->context), arena);
    return *ret_listing ? 0 : -ENOMEM;
}

int nft_list(struct nft *nft, struct ruleset *ruleset, struct arena *arena)
{
    int r = 0;

    LIST_EACH (struct nft_table, table, &ruleset->tables) {
        if (r == 0)
            r = list_one(nft, table->family, table->o.name, arena, &table->listing);
        if (r == -ENOENT)
            r = 0; /* it has just gone */
    }
    return r;
}

int kernel_list_tables(struct kernel *kernel, const struct channel *channel,
                       struct ruleset *ruleset, struct arena *arena)
{
    struct nft *opened = NULL;
    int r = nft_open(kernel, channel, &opened);
    CLEANUP_NFT *nft = opened;

    return r < 0 ? r : nft_list(nft, ruleset, arena);
}
