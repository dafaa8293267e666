/* SPDX-License-Identifier: MIT */
/*
 * Job: carry out a plan: neighbours that go to one namespace's socket travel in one batch.
 * In: ops. Out: what was done; the first refusal, at its line.
 */
#include <errno.h>
#include <fcntl.h>
#include <netlink/msg.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/report.h"
#include "kernel/internal.h"
#include "kinds/kind.h"

/* One more than asked for: no namespaces are no reason to have none. */
static int grow_channels(struct kernel *kernel, size_t channels)
{
    struct channel *more = realloc(kernel->channels, (channels + 1) * sizeof *more);

    if (!more)
        return -ENOMEM;
    for (size_t i = kernel->channel_count; i < channels; i++)
        more[i] = (struct channel){-1, -1, 0};
    kernel->channels = more;
    kernel->channel_count = channels;
    return 0;
}

int kernel_open(struct netlab_lab *lab, const char *names, struct kernel **ret_kernel,
                struct netlab_report *report)
{
    struct kernel *kernel = calloc(1, sizeof *kernel);
    int r;

    if (!kernel)
        return report_oom(report);
    kernel->lab = lab;
    kernel->names = names;
    kernel->host = (struct channel){-1, -1, 0};
    kernel->fresh = (struct channel){-1, -1, 0};
    kernel->sysctls = sysctls_new();
    if (grow_channels(kernel, lab->namespaces.count) < 0 || !kernel->sysctls) {
        kernel_close(kernel);
        return report_oom(report);
    }
    batch_reset(&kernel->batch);
    kernel->host.netns_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    r = kernel->host.netns_fd < 0 ? -errno : channel_open(&kernel->host);
    if (r < 0) {
        kernel_close(kernel);
        return report_plain(report, -r, "cannot open the network namespace: %s", strerror(-r));
    }
    *ret_kernel = kernel;
    return 0;
}

void kernel_close(struct kernel *kernel)
{
    if (!kernel)
        return;
    for (size_t i = 0; i < kernel->channel_count; i++)
        channel_close(&kernel->channels[i]);
    channel_close(&kernel->fresh);
    channel_close(&kernel->host);
    netns_release_fds(kernel);
    sysctls_free(kernel->sysctls);
    free(kernel->channels);
    free(kernel->batch.bytes);
    free(kernel->done);
    free(kernel);
}

int kernel_reserve(struct kernel *kernel, size_t channels, struct netlab_report *report)
{
    if (channels <= kernel->channel_count)
        return 0;
    if (grow_channels(kernel, channels) < 0)
        return report_oom(report);
    return netns_reserve_fds(kernel, report);
}

bool kernel_has(const struct kernel *kernel, size_t index)
{
    return index < kernel->channel_count && kernel->channels[index].netns_fd >= 0;
}

void kernel_close_netns(struct kernel *kernel, size_t index)
{
    if (kernel_has(kernel, index))
        channel_close(&kernel->channels[index]);
}

int kernel_enter(const struct channel *channel)
{
    return setns(channel->netns_fd, CLONE_NEWNET) < 0 ? -errno : 0;
}

int kernel_leave(struct kernel *kernel)
{
    return setns(kernel->host.netns_fd, CLONE_NEWNET) < 0 ? -errno : 0;
}

struct sysctls *kernel_sysctls(struct kernel *kernel)
{
    return kernel->sysctls;
}

struct channel *kernel_channel(struct kernel *kernel, const struct netns *netns)
{
    return netns->host ? &kernel->host : &kernel->channels[netns->index];
}

void kernel_expect(struct kernel *kernel, size_t steps)
{
    kernel->expected = steps;
}

void kernel_set_probe(struct kernel *kernel, kernel_probe_fn *probe)
{
    kernel->probe = probe;
}

void kernel_set_group(struct kernel *kernel, uint32_t group)
{
    kernel->group = group;
}

uint64_t kernel_cookie(const struct kernel *kernel)
{
    return socket_cookie(kernel->host.socket);
}

/* The interface whose options the kernel was told by the op, or rests on; NULL: none. */
static const struct iface *told_iface(const struct op *op)
{
    const struct object *object = op_object(op);

    if (op->type == OP_VLAN)
        return iface_vlan_switch((const struct iface *)object->parent);
    return object->table == &table_iface ? (const struct iface *)object : NULL;
}

/* The option that the kernel was built without, where that may be why it refused; NULL: none. */
static const struct field *find_lack(const struct op *op, int error, struct mark *mark)
{
    const struct iface *iface = error == EOPNOTSUPP ? told_iface(op) : NULL;
    const struct object *options = iface ? iface->options : NULL;

    for (unsigned i = 0; options && i < options->table->field_count; i++)
        if (options->table->fields[i].needs && field_may_lack(options, i)) {
            *mark = object_mark(options, i);
            return &options->table->fields[i];
        }
    return NULL;
}

int op_refused(struct kernel *kernel, const struct op *op, int error, const char *text,
               struct netlab_report *report)
{
    CLEANUP_FREE char *what = NULL;
    size_t size;
    CLEANUP_FILE FILE *out = open_memstream(&what, &size);
    const char *name = strerrorname_np(error);
    struct mark mark = op_mark(op);
    const struct field *lack = find_lack(op, error, &mark);

    if (!out)
        return report_oom(report);
    op_describe(op, out);
    if (fflush(out) != 0)
        return report_oom(report);
    report_error(report, error, &kernel->lab->source, mark, "cannot %s: %s (%s)", what,
                 text && *text ? text : strerror(error), name ? name : "?");
    if (lack)
        report_hint(report, "'%s' needs a kernel with %s", lack->key, lack->needs);
    else if (op->type == OP_SYSCTL && error == EROFS)
        report_hint(report, "/proc/sys is read-only here, as in containers: docker run "
                            "--privileged, or --security-opt systempaths=unconfined");
    return -error;
}

/* Room for what is going to be done, so that noting it can't fail. */
static int reserve_done(struct kernel *kernel, size_t count)
{
    size_t need = kernel->done_count + count;
    struct op *done;

    if (need <= kernel->done_capacity)
        return 0;
    done = realloc(kernel->done, need * sizeof *done);
    if (!done)
        return -ENOMEM;
    kernel->done = done;
    kernel->done_capacity = need;
    return 0;
}

static void tell(const struct kernel *kernel, const struct op *op,
                 const struct netlab_options *options)
{
    struct netlab_progress progress = {.done = kernel->steps, .total = kernel->expected};
    CLEANUP_FREE char *text = NULL;
    size_t size;

    if (!options || !options->progress)
        return;
    if (options->describe) {
        FILE *out = open_memstream(&text, &size);

        if (out) {
            op_describe(op, out);
            fclose(out);
        }
    }
    progress.text = text;
    options->progress(&progress, options->userdata);
}

void run_note_done(struct kernel *kernel, const struct op *op, const struct netlab_options *options)
{
    if (op == kernel->last_done)
        return;
    kernel->last_done = op;
    kernel->steps++;
    if (kernel->done_count < kernel->done_capacity)
        kernel->done[kernel->done_count++] = *op;
    tell(kernel, op, options);
}

bool op_is_needless(const struct op *op, int error)
{
    return op_removes(op) && (error == ENOENT || error == ESRCH || error == ENODEV ||
                              error == EADDRNOTAVAIL || error == ENXIO);
}

int run_flush(struct kernel *kernel, const struct netlab_options *options,
              struct netlab_report *report)
{
    struct batch *batch = &kernel->batch;
    int r = batch_flush(batch);

    /* when the answers are lost, all of them may have been done */
    for (unsigned i = 0; i < batch->count; i++)
        if (!(batch->refused >> i & 1))
            run_note_done(kernel, batch->ops[i], options);
    if (r < 0)
        return report_plain(report, -r, "cannot talk to the kernel over netlink: %s", strerror(-r));
    if (batch->failed >= 0)
        r = op_refused(kernel, batch->ops[batch->failed], batch->error, batch->text, report);
    batch_reset(batch);
    return r;
}

/* Whether the op's message has the index of an interface that may just have been made. */
static bool needs_index(const struct op *op)
{
    const struct iface *iface = (const struct iface *)op->to;

    if (op->type != OP_LINK)
        return true;
    return iface && (iface->o.table == &table_link || iface->master || iface_lower(iface));
}

/* Whether the op's message needs the index of an interface that is still on its way. */
static bool must_wait(struct kernel *kernel, const struct op *op)
{
    const struct batch *batch = &kernel->batch;

    if (!op_place(op)->foreign || !batch->count)
        return false;
    /* another channel's batch would be sent now anyway, but after the index was asked for */
    return batch->channel != kernel_channel(kernel, op_place(op)) ||
           (batch->ops[batch->count - 1]->type == OP_LINK && needs_index(op));
}

int run_send(struct kernel *kernel, const struct op *op, struct nl_msg *msg, unsigned limit,
             const struct netlab_options *options, struct netlab_report *report)
{
    struct channel *channel = kernel_channel(kernel, op_place(op));
    int r = 0;

    if (kernel->batch.count >= limit || kernel->batch.channel != channel ||
        (msg && kernel->batch.size + nlmsg_hdr(msg)->nlmsg_len > BATCH_BYTES))
        r = run_flush(kernel, options, report);
    if (r < 0) {
        nlmsg_free(msg);
        return r;
    }
    return batch_add(&kernel->batch, channel, msg, op) < 0 ? report_oom(report) : 0;
}

/* What the kernel has changed along with it; devices may be gone. */
static int restore_echoes(const struct kernel *kernel, const struct sysctl *sysctl)
{
    int r = 0;

    for (const struct saved_sysctl *echo = sysctl->echoes; echo && r == 0; echo = echo->next) {
        r = sysctls_write(kernel->sysctls, echo->path, echo->value);
        if (r == -ENOENT)
            r = 0;
    }
    return r;
}

static int write_sysctl(struct kernel *kernel, const struct op *op)
{
    const struct sysctl *sysctl = (const struct sysctl *)op_object(op);
    const char *value = op_removes(op) ? sysctl->before : sysctl->value;
    int r, back = 0;

    if (!value)
        return 0;
    r = kernel_enter(kernel_channel(kernel, op->netns));
    if (r == 0)
        r = sysctls_write(kernel->sysctls, sysctl->path, value);
    if (r == 0 && op_removes(op))
        r = restore_echoes(kernel, sysctl);
    if (!op->netns->host)
        back = kernel_leave(kernel);
    if (back < 0)
        return back;
    return r == -ENOENT && op->flags & OP_OPTIONAL ? 0 : r;
}

/* Ops that are no message to a namespace. */
static int run_other(struct kernel *kernel, const struct op *op,
                     const struct netlab_options *options, struct netlab_report *report)
{
    int r = run_flush(kernel, options, report);

    if (r < 0)
        return r;
    if (op->type == OP_SYSCTL)
        r = write_sysctl(kernel, op);
    else if (op->type == OP_NAME && !op_removes(op))
        r = netns_name(kernel, op->netns);
    else if (op->type == OP_NAME && !kernel->undoing)
        r = kernel_unname(kernel, op->netns);
    else if (op->type == OP_DEVICE || op->type == OP_PEER)
        r = wireguard_set(kernel, op);
    else if (op->type == OP_NETNS && !kernel->undoing)
        kernel_close_netns(kernel, op->netns->index);
    if (r < 0 && !op_is_needless(op, -r))
        return op_refused(kernel, op, -r, NULL, report);
    run_note_done(kernel, op, options);
    return 0;
}

static int load_rules(struct kernel *kernel, const struct op *op,
                      const struct netlab_options *options, struct netlab_report *report)
{
    int r = run_flush(kernel, options, report);

    if (r == 0)
        r = ruleset_run(kernel, op, report);
    if (r == 0)
        run_note_done(kernel, op, options);
    return r;
}

static int ask_probe(struct kernel *kernel, const struct op *op,
                     const struct netlab_options *options, struct netlab_report *report)
{
    int r = kernel->probe ? run_flush(kernel, options, report) : 0;

    if (r < 0 || !kernel->probe)
        return r;
    r = kernel->probe(op);
    return r < 0 ? op_refused(kernel, op, -r, NULL, report) : 0;
}

static bool moves(const struct op *op)
{
    const struct iface *iface = (const struct iface *)op_object(op);

    return op->type == OP_LINK && iface->o.table == &table_iface && iface_is_moved(iface);
}

static int move(struct kernel *kernel, const struct op *op, const struct netlab_options *options,
                struct netlab_report *report)
{
    int r = run_flush(kernel, options, report);

    if (r == 0 && !op_removes(op))
        return physical_move(kernel, op, options, report);
    if (r == 0)
        r = physical_return(kernel, (const struct iface *)op->from, report);
    if (r == 0)
        run_note_done(kernel, op, options);
    return r;
}

static bool makes_tun(const struct op *op)
{
    const struct iface *iface = (const struct iface *)op->to;

    return op->type == OP_LINK && iface && iface->o.table == &table_iface && iface->kind->tun;
}

/* Whether its index is known only when it is there. */
static bool is_asked_for(const struct op *op)
{
    return op->type == OP_LINK && !op_removes(op) && op->to->table == &table_iface &&
           !op->netns->foreign && !((const struct iface *)op->to)->ifindex;
}

/* Processes: all that was sent has to be done. */
static int run_process(struct kernel *kernel, const struct op *op,
                       const struct netlab_options *options, struct netlab_report *report)
{
    int r = run_flush(kernel, options, report);

    if (r < 0)
        return r;
    return op->type == OP_SERVICE ? kernel_service(kernel, op, options, report)
                                  : kernel_listen(kernel, op, options, report);
}

static int run_one(struct kernel *kernel, const struct op *op, const struct netlab_options *options,
                   struct netlab_report *report)
{
    int r = ask_probe(kernel, op, options, report);

    if (r < 0)
        return r;
    if (op->type == OP_SYSCTL || op->type == OP_NAME || op->type == OP_NETNS ||
        op->type == OP_DEVICE || op->type == OP_PEER)
        return run_other(kernel, op, options, report);
    if (op->type == OP_SERVICE || op->type == OP_LISTEN)
        return run_process(kernel, op, options, report);
    if (op->type == OP_READY)
        return ready_netns(kernel, op, options, report);
    if (moves(op))
        return move(kernel, op, options, report);
    if (op->type == OP_NFTABLES)
        return load_rules(kernel, op, options, report);
    if (makes_tun(op))
        return tun_make(kernel, op, options, report);
    r = must_wait(kernel, op) ? run_flush(kernel, options, report) : 0;
    if (r < 0)
        return r;
    r = run_send(kernel, op, message_build(kernel, op), BATCH_OPS, options, report);
    return r == 0 && is_asked_for(op) ? run_flush(kernel, options, report) : r;
}

/* How many of the ops, from the first, make namespaces. */
static size_t count_births(const struct op *ops, size_t count)
{
    size_t births = 0;

    while (births < count && !op_removes(&ops[births]) &&
           (ops[births].type == OP_NETNS || ops[births].flags & OP_BIRTH))
        births++;
    return births;
}

/* Whether the op's namespace, one of others, is gone: so is all that was in it. */
static bool is_lost(const struct kernel *kernel, const struct op *op)
{
    const struct netns *place = op_place(op);

    return op_removes(op) && place->foreign && !place->host && !kernel_has(kernel, place->index);
}

/* Whether there is nothing to do: what was there before stays, and what has come in its place. */
static bool is_left(struct kernel *kernel, const struct op *op)
{
    const struct iface *iface = (const struct iface *)op_object(op);

    if (op->type == OP_ADDRESS)
        return ((const struct address *)op_object(op))->kept;
    if (op->type != OP_IFACE || !op_removes(op) || !iface->existing)
        return false;
    return !iface->before ||
           kernel_index_of(kernel, op->netns, iface->o.name) != iface->before->ifindex;
}

/* A link that outlives its namespace; all that are in namespaces of others go with their group. */
static int undo_link(struct kernel *kernel, const struct op *op,
                     const struct netlab_options *options, struct netlab_report *report)
{
    bool in_group = op->from->table == &table_link || op->netns->foreign;
    int r = in_group && kernel->links_deleted ? 0 : run_flush(kernel, options, report);

    if (r == 0 && !in_group)
        r = kernel_delete_stacked(kernel, (const struct iface *)op->from, report);
    if (r == 0 && in_group && !kernel->links_deleted)
        r = kernel_delete_links(kernel, report);
    if (r < 0)
        return r;
    kernel->links_deleted |= in_group;
    run_note_done(kernel, op, options);
    return 1;
}

/* A step of a plan: one op, or all that make namespaces. Returns how many ops it was, or -errno. */
static int run_step(struct kernel *kernel, const struct op *ops, size_t count,
                    const struct netlab_options *options, struct netlab_report *report)
{
    size_t births = count_births(ops, count);
    int r;

    if (births) {
        r = run_flush(kernel, options, report);
        if (r == 0)
            r = netns_make(kernel, ops, births, options, report);
        for (size_t i = 0; r == 0 && i < births; i++)
            run_note_done(kernel, &ops[i], options);
        return r < 0 ? r : (int)births;
    }
    if (ops->type == OP_LINK && op_removes(ops) && kernel->undoing && !moves(ops))
        return undo_link(kernel, ops, options, report);
    if (is_lost(kernel, ops) || is_left(kernel, ops)) {
        run_note_done(kernel, ops, options);
        return 1;
    }
    r = run_one(kernel, ops, options, report);
    return r < 0 ? r : 1;
}

/* Closing a namespace that has lost its name can't fail, nor be taken back: no time to stop. */
static bool is_final(const struct op *op)
{
    return op->type == OP_NETNS && op_removes(op);
}

int kernel_run(struct kernel *kernel, const struct op *ops, size_t count,
               const struct netlab_options *options, struct netlab_report *report)
{
    size_t i = 0;
    int r = 0;

    if (reserve_done(kernel, count) < 0)
        return report_oom(report);
    while (r >= 0 && i < count) {
        if (options && options->cancel && *options->cancel && !is_final(ops + i))
            r = report_plain(report, ECANCELED, "interrupted: what was done is taken back");
        else
            r = run_step(kernel, ops + i, count - i, options, report);
        i += r > 0 ? (size_t)r : 0;
    }
    if (r >= 0)
        r = run_flush(kernel, options, report);
    batch_reset(&kernel->batch);
    return r < 0 ? r : 0;
}

int kernel_undo(struct kernel *kernel, const struct plan *plan,
                const struct netlab_options *options, struct netlab_report *report)
{
    int first = 0;

    kernel->undoing = true;
    for (size_t i = 0; i < plan->count; i++) {
        int r = run_step(kernel, &plan->ops[i], 1, options, report);

        if (r >= 0)
            r = run_flush(kernel, options, report);
        batch_reset(&kernel->batch);
        if (r < 0 && first == 0)
            first = r;
    }
    kernel->undoing = false;
    return first;
}

int kernel_rollback(struct kernel *kernel, struct netlab_report *report)
{
    struct plan plan = {.ops = kernel->done, .count = kernel->done_count};
    int r;

    kernel->probe = NULL;
    kernel->done = NULL;
    kernel->done_count = kernel->done_capacity = 0;
    plan_reverse(&plan);
    plan_prune(&plan);
    r = kernel_undo(kernel, &plan, NULL, report);
    free(plan.ops);
    return r;
}
