/* SPDX-License-Identifier: MIT */
/*
 * Job: start a service: its directory, its namespaces, its first process, itself.
 * In: what to start, in which network namespace. Out: an init that can be found.
 *
 * netlab waits until init listens, says go, and learns from the end of the socket between them that
 * exec(3) has worked. If netlab is killed before it says so, init ends.
 *
 * The program may have threads: all that needs memory is done before the first fork.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/descriptors.h"
#include "service/internal.h"

enum { BACKLOG = 64, WHAT = 64 };

/* What a child says: that all is well, or what was refused, as in struct failure. */
struct message {
    int error; /* positive; 0: well */
    char what[WHAT], name[SERVICE_FAULT - 2 * WHAT];
};

/* One that is being started. */
struct birth {
    const struct service_start *start;
    /* in the arena: */
    const char **words; /* its command */
    const char *quoted; /* the first of them */
    char **environment;
    struct overlay *overlays;
    struct rlimit files; /* of descriptors */

    int own;       /* its directory */
    int alive;     /* what init locks */
    int control;   /* bound, not listening yet */
    int output[2]; /* a pipe: init's end, the service's */
    int log;
    int pair[2]; /* netlab's end, the children's */
    pid_t child; /* or -errno */
};

static void set_fault(char fault[SERVICE_FAULT], const char *what, int error)
{
    snprintf(fault, SERVICE_FAULT, "%s: %s", what, strerror(error));
}

static void copy_text(char *to, size_t size, const char *from)
{
    size_t length = strlen(from);

    memcpy(to, from, length < size ? length : size - 1);
}

/* In a child. */
_Noreturn static void fail_by(const struct birth *birth, const struct failure *failure)
{
    struct message message = {.error = failure->error};

    copy_text(message.what, sizeof message.what, failure->what);
    copy_text(message.name, sizeof message.name, failure->name);
    (void)send(birth->pair[1], &message, sizeof message, MSG_NOSIGNAL);
    _exit(127);
}

/* The same for what errno tells. */
_Noreturn static void fail(const struct birth *birth, const char *what, const char *name)
{
    struct failure failure;

    (void)failure_of(&failure, what, name);
    fail_by(birth, &failure);
}

/* All descriptors but these, and the standard ones. */
static void close_others(const int *kept, size_t count)
{
    unsigned from = STDERR_FILENO + 1;

    for (;;) {
        unsigned next = ~0U;

        for (size_t i = 0; i < count; i++)
            if (kept[i] >= 0 && (unsigned)kept[i] >= from && (unsigned)kept[i] < next)
                next = (unsigned)kept[i];
        if (next == ~0U)
            break;
        if (next > from)
            (void)syscall(SYS_close_range, from, next - 1, 0);
        from = next + 1;
    }
    (void)syscall(SYS_close_range, from, ~0U, 0);
}

static void take_streams(int in, int out)
{
    (void)dup2(in, STDIN_FILENO);
    (void)dup2(out, STDOUT_FILENO);
    (void)dup2(out, STDERR_FILENO);
}

/* Become the service. */
_Noreturn static void become(const struct birth *birth)
{
    sigset_t none;

    (void)setsid();
    take_streams(STDIN_FILENO, birth->output[1]);
    for (int i = 1; i < NSIG; i++)
        (void)signal(i, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setrlimit(RLIMIT_NOFILE, &birth->files);
    environ = birth->environment;
    execvp(birth->words[0], (char *const *)birth->words);
    fail(birth, "run", birth->quoted);
}

/* What it sees of the machine: its own processes, its own network. */
static void furnish(const struct birth *birth)
{
    const struct netns *netns = (const struct netns *)birth->start->service->o.parent;
    struct failure failure;
    int r = netns->host ? place_isolate(&failure)
                        : place_furnish(netns->o.name, birth->overlays, &failure);

    if (r < 0)
        fail_by(birth, &failure);
    /* where parts of the machine's are hidden that one has to do */
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 &&
        errno != EPERM)
        fail(birth, "mount", "/proc");
    if (chdir(birth->start->where) < 0)
        fail(birth, "go to the directory of the file", "");
}

/* Nobody else can have it locked: who may only read it can open it from now on. */
static bool say_alive(const struct birth *birth)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    return fcntl(birth->alive, F_SETLK, &lock) == 0 && fchmod(birth->alive, 0644) == 0;
}

/* The first process of the new PID namespace. */
_Noreturn static void init(const struct birth *birth)
{
    const struct message well = {.error = 0};
    struct life life = {.control = birth->control,
                        .directory = birth->own,
                        .output = birth->output[0],
                        .log = birth->log};
    char go;

    (void)prctl(PR_SET_NAME, "netlab-service");
    furnish(birth);
    if (listen(birth->control, BACKLOG) < 0 || !say_alive(birth))
        fail(birth, "listen", "");
    if (send(birth->pair[1], &well, sizeof well, MSG_NOSIGNAL) < 0 ||
        recv(birth->pair[1], &go, 1, 0) != 1)
        _exit(0); /* netlab is dead */
    life.child = fork();
    if (life.child == 0)
        become(birth);
    if (life.child < 0)
        fail(birth, "start a process", "");
    close(birth->pair[1]);
    close(birth->output[1]);
    init_live(&life);
}

/* Into namespaces of its own, of which that of PIDs is the next child's. */
_Noreturn static void leave(const struct birth *birth)
{
    const struct netns *netns = (const struct netns *)birth->start->service->o.parent;
    int null = open("/dev/null", O_RDWR);
    pid_t child;

    take_streams(null, null);
    if (null > STDERR_FILENO)
        close(null);
    (void)setsid();
    if (setns(birth->start->netns, CLONE_NEWNET) < 0)
        fail(birth, "enter the namespace", "");
    close(birth->start->netns);
    if (unshare(CLONE_NEWNS | CLONE_NEWPID | (netns->hostname ? CLONE_NEWUTS : 0)) < 0)
        fail(birth, "make namespaces for its processes", "");
    if (netns->hostname && sethostname(netns->hostname, strlen(netns->hostname)) < 0)
        fail(birth, "set the host name", "");
    child = fork();
    if (child < 0)
        fail(birth, "start a process", "");
    if (child == 0)
        init(birth);
    _exit(0);
}

/* 0 when a child says that all is well, or (at its end) nothing more. */
static int hear(const struct birth *birth, bool last, char fault[SERVICE_FAULT])
{
    struct message message = {.error = 0};
    ssize_t got;

    do
        got = recv(birth->pair[0], &message, sizeof message, 0);
    while (got < 0 && errno == EINTR);
    if (got == 0 && last)
        return 0;
    if (got != sizeof message) {
        set_fault(fault, "its first process was killed", EIO);
        return -EIO;
    }
    if (message.error)
        snprintf(fault, SERVICE_FAULT, "cannot %s%s%s: %s", message.what, *message.name ? " " : "",
                 message.name, strerror(message.error));
    return -message.error;
}

/*
 * In a thread of its own, with its own table of descriptors: so the child does not even at first
 * have a copy of the lab's, which is its lock, and would hold that if netlab were killed now.
 */
static void *beget(void *userdata)
{
    struct birth *birth = userdata;
    const int kept[] = {birth->own,       birth->alive,     birth->control, birth->log,
                        birth->output[0], birth->output[1], birth->pair[1], birth->start->netns};

    if (unshare(CLONE_FILES) < 0) {
        birth->child = -errno;
        return NULL;
    }
    close_others(kept, sizeof kept / sizeof kept[0]);
    birth->child = fork();
    if (birth->child == 0)
        leave(birth);
    if (birth->child < 0)
        birth->child = -errno;
    return NULL;
}

/* A grandchild, lest the caller gets to know of its end. */
static int launch(struct birth *birth, char fault[SERVICE_FAULT])
{
    pthread_t thread;
    sigset_t all, mask;
    int r;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &mask);
    fflush(NULL);
    r = -pthread_create(&thread, NULL, beget, birth);
    if (r == 0)
        r = -pthread_join(thread, NULL);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    if (r == 0 && birth->child < 0)
        r = birth->child;
    close(birth->pair[1]);
    birth->pair[1] = -1;
    if (r < 0) {
        set_fault(fault, "cannot start a process", -r);
        return r;
    }
    r = hear(birth, false, fault);
    while (waitpid(birth->child, NULL, 0) < 0 && errno == EINTR)
        continue;
    if (r == 0 && send(birth->pair[0], "g", 1, MSG_NOSIGNAL) < 0)
        r = -errno;
    return r < 0 ? r : hear(birth, true, fault);
}

static int write_definition(const struct birth *birth)
{
    int fd = openat(birth->own, "definition", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CLEANUP_FILE FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    struct stat info;

    if (!file || fstat(birth->start->netns, &info) < 0)
        return -errno;
    fprintf(file, "%" PRIu64 "\n%s", (uint64_t)info.st_ino, birth->start->service->text);
    return fflush(file) != 0 ? -errno : 0;
}

static int bind_control(struct birth *birth)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    birth->control = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    (void)registry_path(address.sun_path, birth->own, "control");
    if (birth->control < 0 ||
        bind(birth->control, (const struct sockaddr *)&address, sizeof address) < 0 ||
        fchmodat(birth->own, "control", 0600, 0) < 0)
        return -errno;
    return 0;
}

/* What a service before it has left, but for its log. 0 or -errno. */
static int clear(int own)
{
    static const char *const names[] = {"alive", "control", "exit"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (unlinkat(own, names[i], 0) < 0 && errno != ENOENT)
            return -errno;
    return 0;
}

/* A variable takes the place of one of that name. */
static int put_variable(char **environment, const char *name, const char *value,
                        struct arena *arena)
{
    size_t length = strlen(name);

    while (*environment &&
           (strncmp(*environment, name, length) != 0 || (*environment)[length] != '='))
        environment++;
    *environment = arena_printf(arena, "%s=%s", name, value);
    return *environment ? 0 : -ENOMEM;
}

static int make_environment(struct birth *birth, struct arena *arena)
{
    const struct service *service = birth->start->service;
    size_t count = 0;
    int r;

    while (environ && environ[count])
        count++;
    birth->environment =
        arena_array(arena, count + service->env.count + 2, sizeof *birth->environment);
    if (!birth->environment)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        birth->environment[i] = environ[i];
    r = put_variable(birth->environment, "NETLAB_LAB", birth->start->lab, arena);
    LIST_EACH (struct variable, variable, &service->env)
        if (r == 0)
            r = put_variable(birth->environment, variable->o.name, variable->value, arena);
    return r;
}

/* All that the children have no memory for. */
static int think(struct birth *birth, struct arena *arena)
{
    const struct netns *netns = (const struct netns *)birth->start->service->o.parent;
    int r = netns->host ? 0 : overlays_list(netns->o.name, arena, &birth->overlays);

    birth->files = descriptors_limit();
    birth->words = arena_array(arena, birth->start->service->run.count + 3, sizeof *birth->words);
    if (!birth->words)
        return -ENOMEM;
    argument_words(&birth->start->service->run, birth->words);
    birth->quoted = arena_printf(arena, "'%s'", birth->words[0]);
    if (r == 0)
        r = birth->quoted ? make_environment(birth, arena) : -ENOMEM;
    return r;
}

/* What has to be there before the process; what there is of one before goes. */
static int prepare(struct birth *birth, struct arena *arena)
{
    int r = process_end(birth->own);

    if (r == 0)
        r = clear(birth->own);
    if (r == 0)
        r = write_definition(birth);
    if (r == 0)
        r = bind_control(birth);
    if (r == 0)
        r = think(birth, arena);
    if (r < 0)
        return r;
    birth->alive = openat(birth->own, "alive", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    birth->log = openat(birth->own, "log", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (birth->alive < 0 || birth->log < 0 || pipe2(birth->output, O_CLOEXEC) < 0 ||
        fcntl(birth->output[0], F_SETFL, O_NONBLOCK) < 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, birth->pair) < 0)
        return -errno;
    return 0;
}

static void let_go(struct birth *birth)
{
    const int fds[] = {birth->own,       birth->alive,     birth->control, birth->log,
                       birth->output[0], birth->output[1], birth->pair[0], birth->pair[1]};

    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

int service_start(const struct service_start *start, char ret_fault[SERVICE_FAULT])
{
    const char *netns = start->service->o.parent->name, *name = start->service->o.name;
    struct birth birth = {.start = start,
                          .own = -1,
                          .alive = -1,
                          .control = -1,
                          .output = {-1, -1},
                          .log = -1,
                          .pair = {-1, -1}};
    struct arena *arena = arena_new();
    char entry[REGISTRY_ENTRY];
    CLEANUP_FREE char *path = NULL;
    bool made;
    int r;

    *ret_fault = '\0';
    if (!arena ||
        asprintf(&path, "%s/%s", start->directory, registry_entry(entry, netns, name)) < 0) {
        arena_free(arena);
        return -ENOMEM;
    }
    (void)mkdir(start->directory, 0755);
    made = mkdir(path, 0755) == 0;
    birth.own = registry_open(start->directory, netns, name);
    r = birth.own < 0 ? birth.own : prepare(&birth, arena);
    if (r < 0)
        set_fault(ret_fault, "cannot write down what is started", -r);
    else
        r = launch(&birth, ret_fault);
    if (r < 0 && birth.own >= 0)
        (void)process_end(birth.own);
    let_go(&birth);
    arena_free(arena);
    if (r < 0 && made)
        (void)registry_forget(start->directory, entry);
    return r;
}
