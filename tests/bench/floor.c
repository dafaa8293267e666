/* SPDX-License-Identifier: MIT */
/*
 * floor: what a lab costs when nothing but the kernel is asked to work.
 *
 * Makes and takes away the two networks of this benchmark, a star and a chain, with hand-packed
 * rtnetlink messages on raw sockets: no parsing, no model, no library. The kernel ends up in the
 * state that `netlab up` leaves for the same network, the lab's own record aside. So the time of
 * `netlab up` divided by this program's is the price of everything that netlab does besides.
 *
 *     floor up star N      switch `sw` with bridge br0, hosts h0 .. h(N-1), each on a port of br0
 *     floor up chain N     routers r0 .. r(N-1), each linked to the next one
 *     floor down star N    takes away what `up` made
 *     floor down chain N
 *
 * Whatever the kernel refuses is fatal. Namespaces have no name until all is done: if `up` dies
 * before it publishes them, the kernel takes everything back; if later, `down` does.
 *
 * All of it is in this one file, long as that makes it, so that it can be read and compiled alone.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAMES "/run/netns"  /* where `ip netns` looks for names */
#define LABS "/run/netlab"  /* one directory a lab */
#define LAB LABS "/floor"   /* ours */
#define LAB_NAMES LAB "/ns" /* its tmpfs, where the namespaces are bound */

#define LO 1              /* ifindex of lo in any namespace */
#define FIRST 1000        /* the lowest ifindex we choose: default devices have small ones */
#define BATCH_MAX 64      /* messages sent at a time */
#define MESSAGE_MAX 256   /* bytes: none of ours is longer */
#define PROC_LIFE 64      /* namespaces after which look-ups in a procfs have become slow */
#define ANSWERS (1 << 20) /* bytes: room enough for the answers to a batch */
#define MAKERS 2          /* threads that make namespaces: more of them wait for each other */
#define QUIET_PORTS 64    /* from so many ports on, snooping is cheaper turned on last */
#define STAR_MAX 1023     /* ports that the kernel gives a bridge */
#define CHAIN_MAX 0x10000 /* subnets in 10.0.0.0/8 */

/* A namespace: the descriptor that keeps it alive and the socket that speaks to it. */
struct space {
    char name[IFNAMSIZ];
    int ns;
    int sock;
};

/* Messages to one namespace that are still to be sent. */
struct batch {
    const struct space *to;
    struct nlmsghdr *last;
    unsigned count;
    size_t used;
    _Alignas(NLMSG_ALIGNTO) unsigned char bytes[BATCH_MAX * MESSAGE_MAX];
};

struct address {
    uint8_t family;
    uint8_t prefix;
    uint8_t bytes[16];
};

/* One end of a veth pair; `master` and `up` hold for the near end only. */
struct end {
    char name[IFNAMSIZ];
    unsigned index;
    unsigned master;
    bool up;
};

struct workload {
    const char *name;
    unsigned min, max;
    bool forwards;                                   /* are its namespaces routers? */
    unsigned (*count)(unsigned n);                   /* of namespaces */
    void (*call)(unsigned n, unsigned i, char *ret); /* the name of the i-th */
    void (*build)(struct space *spaces, unsigned n);
};

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
    int error = errno;
    va_list args;

    fputs("floor: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, ": %s\n", strerror(error));
    exit(1);
}

/* Messages */

/* Waits for the answer to the batch's last message, the only one that is acknowledged. Refusals
 * of the others come before it, in order. */
static void batch_answers(const struct batch *b)
{
    /* The head of an answer says it all, the rest of it may be cut off. */
    struct {
        struct nlmsghdr head;
        struct nlmsgerr body;
    } answer;

    do {
        ssize_t got = recv(b->to->sock, &answer, sizeof(answer), 0);
        if (got < (ssize_t)sizeof(answer.head)) {
            die("%s: no answer", b->to->name);
        }
        if (answer.head.nlmsg_type == NLMSG_ERROR && answer.body.error) {
            errno = -answer.body.error;
            die("%s: message %u of %u (type %u) refused", b->to->name, answer.head.nlmsg_seq,
                b->count, answer.body.msg.nlmsg_type);
        }
    } while (answer.head.nlmsg_type != NLMSG_ERROR || answer.head.nlmsg_seq != b->count);
}

static void batch_send(struct batch *b)
{
    if (!b->count) {
        return;
    }
    b->last->nlmsg_flags |= NLM_F_ACK;
    if (send(b->to->sock, b->bytes, b->used, 0) < 0) {
        die("%s: cannot send", b->to->name);
    }
    batch_answers(b);
    b->count = 0;
    b->used = 0;
}

/* From here on the batch is one to `space`. */
static void batch_to(struct batch *b, const struct space *space)
{
    batch_send(b);
    b->to = space;
}

/* Room for `size` bytes at the end of the batch, zeroed. */
static void *put_room(struct batch *b, size_t size)
{
    void *room = b->bytes + b->used;

    size = NLMSG_ALIGN(size);
    if (b->used + size > sizeof(b->bytes)) {
        errno = EMSGSIZE;
        die("%s", b->to->name);
    }
    memset(room, 0, size);
    b->used += size;
    b->last->nlmsg_len += (uint32_t)size;
    return room;
}

/* Opens a message; returns its family header, to be filled in. */
static void *put_message(struct batch *b, uint16_t type, uint16_t flags, size_t header)
{
    if (b->count == BATCH_MAX) {
        batch_send(b);
    }
    b->last = (struct nlmsghdr *)(void *)(b->bytes + b->used);
    *b->last = (struct nlmsghdr){
        .nlmsg_len = NLMSG_HDRLEN,
        .nlmsg_type = type,
        .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
        .nlmsg_seq = ++b->count,
    };
    b->used += NLMSG_HDRLEN;
    return put_room(b, header);
}

static struct rtattr *put(struct batch *b, unsigned type, const void *value, size_t size)
{
    struct rtattr *attribute = put_room(b, RTA_LENGTH(size));

    attribute->rta_type = (unsigned short)type;
    attribute->rta_len = (unsigned short)RTA_LENGTH(size);
    if (size) {
        memcpy(RTA_DATA(attribute), value, size);
    }
    return attribute;
}

static void put_u32(struct batch *b, unsigned type, uint32_t value)
{
    put(b, type, &value, sizeof(value));
}

static void put_string(struct batch *b, unsigned type, const char *value)
{
    put(b, type, value, strlen(value) + 1);
}

static struct rtattr *put_nest(struct batch *b, unsigned type)
{
    return put(b, type | NLA_F_NESTED, NULL, 0);
}

static void put_nest_end(struct batch *b, struct rtattr *nest)
{
    nest->rta_len = (unsigned short)(b->bytes + b->used - (unsigned char *)nest);
}

static void add_up(struct batch *b, unsigned index)
{
    struct ifinfomsg *link = put_message(b, RTM_NEWLINK, 0, sizeof(*link));

    link->ifi_index = (int)index;
    link->ifi_flags = IFF_UP;
    link->ifi_change = IFF_UP;
}

static void put_snooping(struct batch *b, uint8_t on)
{
    struct rtattr *info = put_nest(b, IFLA_LINKINFO);
    struct rtattr *data;

    put_string(b, IFLA_INFO_KIND, "bridge");
    data = put_nest(b, IFLA_INFO_DATA);
    put(b, IFLA_BR_MCAST_SNOOPING, &on, sizeof(on));
    put_nest_end(b, data);
    put_nest_end(b, info);
}

static void add_bridge(struct batch *b, unsigned index, const char *name, bool snooping)
{
    struct ifinfomsg *link = put_message(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(*link));

    link->ifi_index = (int)index;
    put_string(b, IFLA_IFNAME, name);
    put_snooping(b, snooping);
}

static void add_snooping(struct batch *b, unsigned index)
{
    struct ifinfomsg *link = put_message(b, RTM_NEWLINK, 0, sizeof(*link));

    link->ifi_index = (int)index;
    put_snooping(b, 1);
}

/* A pair whose near end is born here and whose far end is born in the namespace `there`. */
static void add_pair(struct batch *b, const struct end *near, const struct end *far, int there)
{
    struct ifinfomsg *link = put_message(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(*link));
    struct rtattr *info, *data, *peer;

    link->ifi_index = (int)near->index;
    link->ifi_flags = near->up ? IFF_UP : 0;
    link->ifi_change = link->ifi_flags;
    put_string(b, IFLA_IFNAME, near->name);
    if (near->master) {
        put_u32(b, IFLA_MASTER, near->master);
    }
    /* With more than one queue the kernel waits for a grace period of RCU. */
    put_u32(b, IFLA_NUM_TX_QUEUES, 1);
    put_u32(b, IFLA_NUM_RX_QUEUES, 1);
    info = put_nest(b, IFLA_LINKINFO);
    put_string(b, IFLA_INFO_KIND, "veth");
    data = put_nest(b, IFLA_INFO_DATA);
    peer = put_nest(b, VETH_INFO_PEER);
    link = put_room(b, sizeof(*link));
    link->ifi_index = (int)far->index;
    put_string(b, IFLA_IFNAME, far->name);
    put_u32(b, IFLA_NET_NS_FD, (uint32_t)there);
    put_u32(b, IFLA_NUM_TX_QUEUES, 1);
    put_u32(b, IFLA_NUM_RX_QUEUES, 1);
    put_nest_end(b, peer);
    put_nest_end(b, data);
    put_nest_end(b, info);
}

static size_t address_size(const struct address *a)
{
    return a->family == AF_INET ? 4 : 16;
}

static void add_address(struct batch *b, unsigned index, struct address a)
{
    struct ifaddrmsg *head = put_message(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof(*head));

    head->ifa_family = a.family;
    head->ifa_prefixlen = a.prefix;
    head->ifa_index = index;
    if (a.family == AF_INET6) {
        head->ifa_flags = IFA_F_NODAD;
    }
    put(b, IFA_LOCAL, a.bytes, address_size(&a));
    put(b, IFA_ADDRESS, a.bytes, address_size(&a));
    if (a.family == AF_INET) {
        for (unsigned bit = a.prefix; bit < 32; bit++) {
            a.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
        }
        put(b, IFA_BROADCAST, a.bytes, address_size(&a));
    }
}

static void add_route(struct batch *b, struct address to, struct address via, unsigned index)
{
    struct rtmsg *head = put_message(b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof(*head));

    head->rtm_family = to.family;
    head->rtm_dst_len = to.prefix;
    head->rtm_table = RT_TABLE_MAIN;
    head->rtm_protocol = RTPROT_STATIC;
    head->rtm_scope = RT_SCOPE_UNIVERSE;
    head->rtm_type = RTN_UNICAST;
    if (to.prefix) {
        put(b, RTA_DST, to.bytes, address_size(&to));
    }
    put(b, RTA_GATEWAY, via.bytes, address_size(&via));
    put_u32(b, RTA_OIF, index);
}

/* Readiness: a device whose carrier has just come drops packets until the kernel's link-watch has
 * seen it, which may take a second. Being asked for that device, the kernel looks at once. */
static void add_kick(struct batch *b, unsigned index)
{
    struct ifinfomsg *link = put_message(b, RTM_GETLINK, 0, sizeof(*link));

    link->ifi_index = (int)index;
    put_u32(b, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
}

/* Namespaces */

/* A procfs of our own, mounted nowhere; where there can't be one, the machine's. */
static int proc_open(void)
{
    /* FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC and FSCONFIG_CMD_CREATE, which older libcs lack. */
    const unsigned cloexec = 1, create = 6;
    int context = (int)syscall(SYS_fsopen, "proc", cloexec);
    int proc = -1;

    if (context >= 0 && !syscall(SYS_fsconfig, context, create, NULL, NULL, 0)) {
        proc = (int)syscall(SYS_fsmount, context, cloexec, 0);
    }
    if (context >= 0) {
        close(context);
    }
    if (proc < 0) {
        proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    if (proc < 0) {
        die("/proc");
    }
    return proc;
}

/* Sets a sysctl of the namespace that the thread is in. */
static void set_sysctl(int proc, const char *path, const char *value)
{
    int fd = openat(proc, path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, value, strlen(value)) < 0) {
        die("/proc/%s", path);
    }
    close(fd);
}

/* Makes a namespace, which the thread is in afterwards. */
static void space_make(struct space *space, int proc, bool forwards)
{
    const int room = ANSWERS;

    if (unshare(CLONE_NEWNET)) {
        die("%s: cannot make a namespace", space->name);
    }
    space->ns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    space->sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (space->ns < 0 || space->sock < 0 ||
        setsockopt(space->sock, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room))) {
        die("%s: cannot hold the namespace", space->name);
    }
    /* Devices copy this when they are made; later it would be too late for their link-local
     * addresses. */
    set_sysctl(proc, "sys/net/ipv6/conf/default/accept_dad", "0");
    if (forwards) {
        set_sysctl(proc, "sys/net/ipv4/ip_forward", "1");
        set_sysctl(proc, "sys/net/ipv6/conf/all/forwarding", "1");
    }
}

/* One thread's share of the namespaces. */
struct share {
    pthread_t thread;
    struct space *spaces;
    unsigned count;
    bool forwards;
};

static void *share_make(void *arg)
{
    const struct share *share = arg;
    int proc = -1;

    for (unsigned i = 0; i < share->count; i++) {
        if (i % PROC_LIFE == 0) {
            if (proc >= 0) {
                close(proc);
            }
            proc = proc_open();
        }
        space_make(&share->spaces[i], proc, share->forwards);
    }
    close(proc);
    return NULL;
}

static void spaces_make(struct space *spaces, unsigned count, bool forwards)
{
    struct share shares[MAKERS];
    struct rlimit limit;
    int fd;

    if (getrlimit(RLIMIT_NOFILE, &limit)) {
        die("RLIMIT_NOFILE");
    }
    if (limit.rlim_max < 2 * count + 64) {
        limit.rlim_max = 2 * count + 64;
    }
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit)) {
        die("RLIMIT_NOFILE");
    }
    /* Grown while there is one thread, the table of descriptors costs no grace period. */
    fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 2 * (int)count + 32);
    if (fd >= 0) {
        close(fd);
    }
    for (unsigned i = 0; i < MAKERS; i++) {
        unsigned from = count * i / MAKERS, to = count * (i + 1) / MAKERS;

        shares[i] =
            (struct share){.spaces = spaces + from, .count = to - from, .forwards = forwards};
        errno = pthread_create(&shares[i].thread, NULL, share_make, &shares[i]);
        if (errno) {
            die("cannot start a thread");
        }
    }
    for (unsigned i = 0; i < MAKERS; i++) {
        pthread_join(shares[i].thread, NULL);
    }
}

/* Star: 10.0.0.1/16 and fd00:1::a00:1/64 on br0, host i has the i-th addresses after 10.0.1.0. */

static struct address star_v4(uint32_t host)
{
    return (struct address){AF_INET, 16, {10, 0, (uint8_t)(host >> 8), (uint8_t)host}};
}

static struct address star_v6(uint32_t host)
{
    return (struct address){
        AF_INET6, 64, {0xfd, 0, 0, 1, [12] = 10, 0, (uint8_t)(host >> 8), (uint8_t)host}};
}

static unsigned star_count(unsigned n)
{
    return n + 1;
}

static void star_call(unsigned n, unsigned i, char *ret)
{
    if (i == n) {
        snprintf(ret, IFNAMSIZ, "sw");
    } else {
        snprintf(ret, IFNAMSIZ, "h%u", i);
    }
}

static void star_host(struct batch *b, uint32_t number)
{
    add_up(b, LO);
    add_up(b, FIRST);
    add_address(b, FIRST, star_v4(number));
    add_address(b, FIRST, star_v6(number));
    add_route(b, (struct address){.family = AF_INET}, star_v4(1), FIRST);
}

static void star_build(struct space *spaces, unsigned n)
{
    static struct batch b;
    const unsigned bridge = FIRST, port = FIRST + 1;
    const struct space *sw = &spaces[n];
    const bool quiet = n >= QUIET_PORTS;

    batch_to(&b, sw);
    add_up(&b, LO);
    add_bridge(&b, bridge, "br0", !quiet);
    for (unsigned i = 0; i < n; i++) {
        struct end near = {.index = port + i, .master = bridge, .up = true};
        const struct end far = {.index = FIRST, .name = "eth0"};

        snprintf(near.name, sizeof(near.name), "p%u", i);
        add_pair(&b, &near, &far, spaces[i].ns);
    }
    for (unsigned i = 0; i < n; i++) {
        batch_to(&b, &spaces[i]);
        star_host(&b, 257 + i);
    }
    batch_to(&b, sw);
    add_up(&b, bridge);
    add_address(&b, bridge, star_v4(1));
    add_address(&b, bridge, star_v6(1));
    if (quiet) {
        add_snooping(&b, bridge);
    }
    for (unsigned i = 0; i < n; i++) {
        add_kick(&b, port + i);
    }
    /* After its ports: their carrier is its own. */
    add_kick(&b, bridge);
    for (unsigned i = 0; i < n; i++) {
        batch_to(&b, &spaces[i]);
        add_kick(&b, FIRST);
    }
    batch_send(&b);
}

/* Chain: on link i, side 1 is eth1 of router i and side 2 is eth0 of router i + 1. */

static struct address chain_v4(unsigned link, uint8_t side)
{
    return (struct address){AF_INET, 24, {10, (uint8_t)(link >> 8), (uint8_t)link, side}};
}

static struct address chain_v6(unsigned link, uint8_t side)
{
    return (struct address){
        AF_INET6, 64, {0xfd, 0, (uint8_t)(link >> 8), (uint8_t)link, [15] = side}};
}

static unsigned chain_count(unsigned n)
{
    return n;
}

static void chain_call(unsigned n, unsigned i, char *ret)
{
    (void)n;
    snprintf(ret, IFNAMSIZ, "r%u", i);
}

static void chain_router(struct batch *b, unsigned n, unsigned i)
{
    const unsigned eth0 = FIRST, eth1 = FIRST + 1;

    add_up(b, LO);
    if (i > 0) {
        add_up(b, eth0);
        add_address(b, eth0, chain_v4(i - 1, 2));
        add_address(b, eth0, chain_v6(i - 1, 2));
    }
    if (i + 1 < n) {
        add_address(b, eth1, chain_v4(i, 1));
        add_address(b, eth1, chain_v6(i, 1));
    }
    if (i > 1) {
        add_route(b, chain_v4(0, 0), chain_v4(i - 1, 1), eth0);
        add_route(b, chain_v6(0, 0), chain_v6(i - 1, 1), eth0);
    }
    if (i + 2 < n) {
        add_route(b, chain_v4(n - 2, 0), chain_v4(i, 2), eth1);
        add_route(b, chain_v6(n - 2, 0), chain_v6(i, 2), eth1);
    }
}

static void chain_build(struct space *spaces, unsigned n)
{
    static struct batch b;
    const struct end near = {.index = FIRST + 1, .name = "eth1", .up = true};
    const struct end far = {.index = FIRST, .name = "eth0"};

    for (unsigned i = 0; i + 1 < n; i++) {
        batch_to(&b, &spaces[i]);
        add_pair(&b, &near, &far, spaces[i + 1].ns);
    }
    for (unsigned i = 0; i < n; i++) {
        batch_to(&b, &spaces[i]);
        chain_router(&b, n, i);
    }
    for (unsigned i = 0; i < n; i++) {
        batch_to(&b, &spaces[i]);
        if (i > 0) {
            add_kick(&b, far.index);
        }
        if (i + 1 < n) {
            add_kick(&b, near.index);
        }
    }
    batch_send(&b);
}

/* Names */

/* Binds each namespace in a tmpfs of the lab's own, so that one unmount frees them all, and points
 * at it from where `ip netns` looks. */
static void publish(const struct space *spaces, unsigned count)
{
    char from[64];
    int names, lock;

    if (mkdir(LAB_NAMES, 0755) ||
        mount("netlab", LAB_NAMES, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755") ||
        mount(NULL, LAB_NAMES, NULL, MS_SHARED, NULL) || chdir(LAB_NAMES)) {
        die("%s", LAB_NAMES);
    }
    for (unsigned i = 0; i < count; i++) {
        snprintf(from, sizeof(from), "/proc/self/fd/%d", spaces[i].ns);
        if (mknod(spaces[i].name, S_IFREG | 0444, 0) ||
            mount(from, spaces[i].name, NULL, MS_BIND, NULL)) {
            die("%s/%s", LAB_NAMES, spaces[i].name);
        }
    }
    if (mkdir(NAMES, 0755) && errno != EEXIST) {
        die("%s", NAMES);
    }
    names = open(NAMES, O_PATH | O_DIRECTORY | O_CLOEXEC);
    lock = open(LABS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (names < 0 || lock < 0 || flock(lock, LOCK_EX)) {
        die("%s", names < 0 ? NAMES : LABS);
    }
    for (unsigned i = 0; i < count; i++) {
        snprintf(from, sizeof(from), "%s/%s", LAB_NAMES, spaces[i].name);
        if (symlinkat(from, names, spaces[i].name)) {
            die("%s/%s", NAMES, spaces[i].name);
        }
    }
    close(lock);
    close(names);
}

static void up(const struct workload *workload, unsigned n)
{
    const unsigned count = workload->count(n);
    struct space *spaces = calloc(count, sizeof(*spaces));

    if (!spaces) {
        die("%u namespaces", count);
    }
    for (unsigned i = 0; i < count; i++) {
        workload->call(n, i, spaces[i].name);
    }
    if ((mkdir(LABS, 0755) && errno != EEXIST) || mkdir(LAB, 0755)) {
        die("%s", LAB);
    }
    spaces_make(spaces, count, workload->forwards);
    workload->build(spaces, n);
    publish(spaces, count);
    free(spaces);
}

static void down(const struct workload *workload, unsigned n)
{
    char name[IFNAMSIZ], ours[64], is[64];
    int names = open(NAMES, O_PATH | O_DIRECTORY | O_CLOEXEC);

    for (unsigned i = 0; names >= 0 && i < workload->count(n); i++) {
        int wanted;
        ssize_t got;

        workload->call(n, i, name);
        wanted = snprintf(ours, sizeof(ours), "%s/%s", LAB_NAMES, name);
        got = readlinkat(names, name, is, sizeof(is));
        if (got == wanted && !memcmp(is, ours, (size_t)got) && unlinkat(names, name, 0)) {
            die("%s/%s", NAMES, name);
        }
    }
    /* An `up` that failed may not have come so far. */
    if (umount2(LAB_NAMES, MNT_DETACH | UMOUNT_NOFOLLOW) && errno != EINVAL && errno != ENOENT) {
        die("%s", LAB_NAMES);
    }
    if ((rmdir(LAB_NAMES) && errno != ENOENT) || (rmdir(LAB) && errno != ENOENT)) {
        die("%s", LAB);
    }
}

int main(int argc, char **argv)
{
    static const struct workload workloads[] = {
        {"star", 1, STAR_MAX, false, star_count, star_call, star_build},
        {"chain", 2, CHAIN_MAX, true, chain_count, chain_call, chain_build},
    };

    for (size_t i = 0; argc == 4 && i < sizeof(workloads) / sizeof(*workloads); i++) {
        const struct workload *workload = &workloads[i];
        char *rest;
        unsigned long n = strtoul(argv[3], &rest, 10);

        if (strcmp(argv[2], workload->name) || *rest || n < workload->min || n > workload->max) {
            continue;
        }
        if (!strcmp(argv[1], "up")) {
            up(workload, (unsigned)n);
            return 0;
        }
        if (!strcmp(argv[1], "down")) {
            down(workload, (unsigned)n);
            return 0;
        }
    }
    fprintf(stderr, "usage: floor up|down star|chain N (star: 1 to %d, chain: 2 to %d)\n", STAR_MAX,
            CHAIN_MAX);
    return 2;
}
