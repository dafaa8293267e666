/* SPDX-License-Identifier: MIT */
/*
 * Job: what the files of this room share.
 */
#ifndef NETLAB_PROBE_INTERNAL_H
#define NETLAB_PROBE_INTERNAL_H

#include <stdint.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include <netinet/in.h>

#include "base/arena.h"
#include "kernel/channel.h"
#include "probe/probe.h"

#define MILLISECOND INT64_C(1000000)

enum {
    ANSWER_TIME = 2000,  /* milliseconds that an answer has … */
    SILENCE_TIME = 1000, /* … or where none may come */
    RESEND_TIME = 250,   /* until it is asked again, then twice as long, up to a second */
    RETRY_TIME = 200,    /* `within`: until the next try */
    SILENCE_TRIES = 2,   /* how often is asked what must not answer */
};

struct prober;

/* A socket that is waited for. */
struct watch {
    void (*ready)(struct prober *prober, struct watch *watch, uint32_t events);
    int fd; /* -1: none */
};

/* What echo requests go out by. */
struct pinger {
    struct watch watch;
    struct spot *spot;
    int family;
};

/* What ARP requests go out by: one for each interface. */
struct asker {
    struct watch watch;
    struct asker *next;
    struct spot *spot;
    const char *dev;
    uint32_t ifindex;
    struct mac mac;
    struct ip address; /* the interface's; none: it has none */
    struct probe **flying;
    size_t count, capacity;
};

/* A neighbour that was there before. */
struct known_neighbor {
    uint32_t ifindex;
    struct ip ip;
};

/* A namespace, and what is open in it. */
struct spot {
    const struct netns *netns; /* NULL: `host`, which the file does not have */
    const char *name;
    struct channel channel; /* its netns_fd is the caller's; socket -1: not open yet */
    struct pinger pingers[2];
    uint32_t *numbers; /* exchange number → probe's */
    size_t number_count, number_capacity;
    struct asker *askers;
    struct known_neighbor *known; /* sorted */
    size_t known_count;
    bool has_known;
};

/* Where netlab listens: one port of one namespace, one protocol and family. */
struct listener {
    struct watch watch; /* fd -1: a service has the port */
    struct listener *next;
    struct spot *spot;
    int family, type;
    uint16_t port;
    int error; /* why it could not be opened, positive; EADDRINUSE: a service has the port */
};

/* A socket of one connection: the asking end or the listening one. */
struct flight {
    struct watch watch;
    struct probe *probe;            /* NULL: the other end, not known yet */
    struct listener *listener;      /* of the other end; NULL: this is the asking one */
    struct flight *next, *previous; /* of those that are open */
};

struct prober {
    const struct probe_request *request;
    struct netlab_report *report;
    struct arena *arena; /* of one phase */
    int epoll;
    int here; /* namespace that the thread is in, a descriptor */
    struct spot *spots;
    size_t spot_count;
    size_t reserved, lent; /* descriptors */
    uint16_t ident;
    uint64_t token;
    int64_t now, started; /* the phase */
    struct probe *probes;
    size_t count, unfinished;
    uint32_t *order; /* in which they begin */
    size_t begun;
    uint32_t *flying;
    size_t flying_count;
    struct listener *listeners;
    struct flight *flights, *closed;
    size_t flight_count, flight_max; /* of asking ends */
    /* neighbours; see neighbor.c */
    uint32_t generation;
    size_t sent, open, window;
    int64_t last_sent, patience;
    int64_t slow; /* what the lab's own delays may add to an answer's time */
    bool crowded;
    int error; /* the first that ends it all; 0 */
};

/* probe.c */
int64_t prober_now(void);
int spot_enter(struct prober *prober, const struct spot *spot); /* 0 or -errno */
struct spot *spot_of(struct prober *prober, const struct netns *netns);
/* A socket in a namespace: a descriptor or -errno. */
int spot_socket(struct prober *prober, const struct spot *spot, int family, int type, int protocol);
int prober_watch(struct prober *prober, struct watch *watch, uint32_t events);
void watch_close(struct watch *watch);
/* What a probe has seen: it is over, or is asked again. */
void probe_settle(struct prober *prober, struct probe *probe, enum seen seen);
void probe_settle_error(struct prober *prober, struct probe *probe, int error);
void probe_settle_unasked(struct prober *prober, struct probe *probe, int error);
void probe_settle_icmp(struct prober *prober, struct probe *probe, const struct ip *by,
                       unsigned type, unsigned code);
/* It goes on flying after this. */
bool probe_is_flying(const struct probe *probe);

/*
 * One try of each kind: 0 it is on its way (or settled); -EAGAIN: not now. icmp.c, arp.c, socket.c,
 * fib.c
 */
int ping_send(struct prober *prober, struct probe *probe);
int arp_send(struct prober *prober, struct probe *probe);
int socket_send(struct prober *prober, struct probe *probe);
int route_send(struct prober *prober, struct probe *probe);
/* It is over, or begins anew. */
void arp_end(struct probe *probe);
void socket_end(struct prober *prober, struct probe *probe);

void spot_close(struct spot *spot);
void arp_close(struct spot *spot);

/* listen.c: open what a test's `listen` asks for. 0 or -errno, reported. */
int listen_open(struct prober *prober, const struct test *test);
void listen_close(struct prober *prober);
/* Whether one of those that a probe may come out at is a service's; or this one is. */
bool listen_is_service(const struct prober *prober, const struct probe *probe);
bool listen_is_meant(const struct probe *probe, const struct listener *listener);
/* Whether netlab may answer a connection of its that others have it listen for. */
bool listen_is_shared(const struct prober *prober, const struct probe *probe);
/* The listening end of a connection has something to read. */
void listen_answer(struct prober *prober, struct watch *watch, uint32_t events);
struct flight *flight_new(struct prober *prober, int fd);
void flight_close(struct prober *prober, struct flight *flight);
/* Free those that were closed while events of theirs may still have been at hand. */
void socket_sweep(struct prober *prober);

/* What is sent and comes back: tells which probe it is. */
struct token {
    uint64_t secret;
    uint32_t probe, round;
};
void token_fill(const struct prober *prober, const struct probe *probe, struct token *ret_token);
/* NULL: it is none of ours. */
struct probe *token_probe(const struct prober *prober, const struct token *token);

/* fib.c */
struct route_seen {
    int error; /* positive; 0: there is one */
    uint32_t ifindex, table, type;
    char dev[IFACE_NAME_MAX + 1];
    struct ip via, src;
};
struct route_question {
    struct ip to, from;
    uint32_t oif, iif, mark;
};
/* 0 or -errno when the kernel could not be asked. */
int route_ask(struct prober *prober, struct spot *spot, const struct route_question *question,
              struct route_seen *ret_seen);
uint32_t spot_ifindex(struct prober *prober, struct spot *spot, const char *name); /* 0: none */
/* Whether an address that was refused is missing there. */
bool spot_lacks(struct prober *prober, const struct spot *spot, const struct ip *ip);
/* "via 10.0.0.1 dev eth0 src 10.0.0.2" */
enum { ROUTE_TEXT = 200 };
const char *route_text(const struct route_seen *seen, char text[ROUTE_TEXT]);

/* neighbor.c */
/* Whether the next question has to wait until neighbours were cleaned away. */
bool neighbors_full(const struct prober *prober);
int neighbors_begin(struct prober *prober); /* 0 or -errno */
int neighbors_clean(struct prober *prober);
/* Whether a neighbour was asked for and does not answer. */
bool neighbor_is_silent(struct spot *spot, uint32_t ifindex, const struct ip *ip);

/* explain.c: what was seen, in words; the arena's, or NULL. */
const char *probe_explain(struct prober *prober, struct probe *probe);

/* exec.c */
int exec_test(struct prober *prober, struct probe_result *result); /* 0 or -errno */

/* warden.c: what it runs, and where; all of it is there before it is forked. */
struct warden {
    const struct probe_request *request;
    struct way way;
    const char **words;
    struct rlimit files;
    int in, out, err; /* the command's */
    int netlab;       /* the end of a pipe: at a byte, and at its end, all is killed */
};
_Noreturn void warden_run(const struct warden *warden);

/* Socket addresses. */
socklen_t ip_to_address(const struct ip *ip, uint16_t port, struct sockaddr_storage *ret_address);
struct ip ip_of_address(const struct sockaddr_storage *address);

#endif
