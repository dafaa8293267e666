/* SPDX-License-Identifier: MIT */
/*
 * Job: the spec of a lab as a file: lines of `key value`, an empty line, the topology's text.
 * In: struct spec. Out: /run/netlab/LAB/spec, replaced as a whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/report.h"
#include "kinds/physical.h"
#include "model/ip.h"
#include "state/internal.h"

enum {
    SPEC_MAX = 64 * 1024 * 1024,
};

#define SPEC_HEAD "netlab-spec 1\n"

int state_boot_id(char boot_id[BOOT_ID_SIZE])
{
    CLEANUP_FILE FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

    if (!file)
        return -errno;
    if (!fgets(boot_id, BOOT_ID_SIZE, file))
        return -EIO;
    boot_id[strcspn(boot_id, "\n")] = '\0';
    return 0;
}

static void print_line(FILE *out, const char *key, const char *value)
{
    fprintf(out, "%s ", key);
    for (; *value; value++)
        putc(*value == '\n' ? ' ' : *value, out);
    putc('\n', out);
}

static void print_sysctl(FILE *out, const char *key, const struct saved_sysctl *sysctl,
                         const char *value)
{
    fprintf(out, "%s %s %s ", key, sysctl->netns, sysctl->path);
    print_line(out, "=", value);
}

static void print_attachment(FILE *out, const struct attachment *attachment)
{
    fprintf(out, "attached %s %" PRIu64 " %" PRIu64 " ", attachment->name, attachment->cookie,
            attachment->inode);
    print_line(out, "=", attachment->path);
}

/* Of the device of the line before. */
static void print_nic(FILE *out, const struct physical *nic)
{
    fprintf(out, "nic %s ", nic->device);
    for (unsigned i = 0; i < nic->address_length; i++)
        fprintf(out, "%02x", nic->address[i]);
    print_line(out, nic->address_length ? " =" : "- =", nic->parent ? nic->parent : "");
}

static void print_device(FILE *out, const struct saved_device *device)
{
    const struct iface *before = device->before;
    char mac[MAC_TEXT];

    fprintf(out, "device %s %s %" PRIu32 " %" PRIx64 " %" PRIu32 " %" PRIu32 " %d %s ",
            device->netns, device->name, before->ifindex, before->o.set, before->mtu,
            before->txqueuelen, before->up, mac_text(&before->mac, mac));
    print_line(out, "=", before->alias ? before->alias : "");
    if (iface_is_moved(before))
        print_nic(out, iface_physical(before));
}

static int print_spec(const struct spec *spec, FILE *out)
{
    errno = 0;
    fputs(SPEC_HEAD, out);
    fprintf(out, "group %" PRIu32 "\ncookie %" PRIu64 "\n", spec->group, spec->cookie);
    print_line(out, "boot-id", spec->boot_id);
    print_line(out, "file", spec->file);
    fprintf(out, "namespaces %zu\nlinks %zu\ninterfaces %zu\nservices %zu\n", spec->namespaces,
            spec->links, spec->interfaces, spec->services);
    if (spec->made_netns_dir)
        fputs("made-netns-dir yes\n", out);
    if (spec->has_host)
        fputs("has-host yes\n", out);
    for (const struct attachment *attachment = spec->attachments; attachment;
         attachment = attachment->next)
        print_attachment(out, attachment);
    for (const struct saved_sysctl *sysctl = spec->sysctls; sysctl; sysctl = sysctl->next) {
        print_sysctl(out, "sysctl", sysctl, sysctl->value);
        if (sysctl->wanted)
            print_sysctl(out, "set", sysctl, sysctl->wanted);
    }
    for (const struct saved_device *device = spec->devices; device; device = device->next)
        print_device(out, device);
    for (const struct saved_address *kept = spec->addresses; kept; kept = kept->next)
        fprintf(out, "kept %s %s %s\n", kept->netns, kept->iface, kept->address);
    if (spec->previous)
        fprintf(out, "previous %zu\n", spec->previous_size);
    putc('\n', out);
    fwrite(spec->text, 1, spec->size, out);
    if (spec->previous)
        fwrite(spec->previous, 1, spec->previous_size, out);
    if (fflush(out) < 0)
        return -errno;
    return ferror(out) ? -(errno ? errno : EIO) : 0; /* what was flushed before was refused */
}

int state_write_spec(struct state *state, const struct spec *spec, struct netlab_report *report)
{
    int fd = openat(state->fd, "spec.tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                    spec->secret ? 0600 : 0644);
    CLEANUP_FILE FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    int r = out ? print_spec(spec, out) : -errno;

    if (!out && fd >= 0)
        close(fd);
    if (r == 0 && renameat(state->fd, "spec.tmp", state->fd, "spec") < 0)
        r = -errno;
    if (r < 0 && fd >= 0)
        (void)unlinkat(state->fd, "spec.tmp", 0);
    if (r < 0)
        return report_plain(report, -r, "cannot write %s/%s/spec: %s", STATE_DIR, state->name,
                            strerror(-r));
    state->has_spec = true;
    return 0;
}

static int read_file(int directory, struct arena *arena, char **ret_text, size_t *ret_size)
{
    CLEANUP_FD int fd = openat(directory, "spec", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    struct stat info;
    size_t size = 0;
    char *text;

    if (fd < 0 || fstat(fd, &info) < 0)
        return -errno;
    if (!S_ISREG(info.st_mode) || info.st_size > SPEC_MAX)
        return -EBADMSG;
    text = arena_alloc(arena, (size_t)info.st_size + 1);
    if (!text)
        return -ENOMEM;
    while (size < (size_t)info.st_size) {
        ssize_t got = read(fd, text + size, (size_t)info.st_size - size);

        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        size += (size_t)got;
    }
    *ret_text = text;
    *ret_size = size;
    return 0;
}

/* "NS PATH = VALUE"; what it was set to stands after what it was. */
static int take_sysctl(struct spec *spec, struct arena *arena, char *value, bool is_set)
{
    struct saved_sysctl *sysctl;
    char *middle = strstr(value, " = "), *path = strchr(value, ' ');

    if (!middle || path == middle)
        return -EBADMSG;
    *middle = *path++ = '\0';
    if (is_set) {
        if (!spec->sysctls || strcmp(spec->sysctls->path, path) != 0)
            return -EBADMSG;
        spec->sysctls->wanted = middle + 3;
        return 0;
    }
    sysctl = ARENA_NEW(arena, struct saved_sysctl);
    if (!sysctl)
        return -ENOMEM;
    *sysctl = (struct saved_sysctl){
        .next = spec->sysctls, .netns = value, .path = path, .value = middle + 3};
    spec->sysctls = sysctl;
    return 0;
}

/* "NS COOKIE INODE = PATH" */
static int take_attachment(struct spec *spec, struct arena *arena, char *value)
{
    struct attachment *attachment = ARENA_NEW(arena, struct attachment);
    char *path = strstr(value, " = "), *cookie = strchr(value, ' '), *inode;

    if (!attachment)
        return -ENOMEM;
    if (!path || cookie == path)
        return -EBADMSG;
    *cookie++ = '\0';
    attachment->next = spec->attachments;
    attachment->name = value;
    attachment->cookie = strtoull(cookie, &inode, 10);
    attachment->inode = strtoull(inode, NULL, 10);
    attachment->path = path + 3;
    spec->attachments = attachment;
    return 0;
}

/* "NS IF IFINDEX SET MTU TXQUEUELEN UP MAC = ALIAS" */
static int take_device(struct spec *spec, struct arena *arena, char *value)
{
    struct saved_device *device = ARENA_NEW(arena, struct saved_device);
    struct iface *before = ARENA_NEW(arena, struct iface);
    char *alias = strstr(value, " = "), *name = strchr(value, ' ');
    char *rest = name ? strchr(name + 1, ' ') : NULL;
    uint8_t *mac = before ? before->mac.bytes : NULL;
    int up;

    if (!device || !before)
        return -ENOMEM;
    if (!alias || !rest || rest >= alias ||
        sscanf(rest,
               "%" SCNu32 " %" SCNx64 " %" SCNu32 " %" SCNu32 " %d %hhx:%hhx:%hhx:%hhx:%hhx:%hhx",
               &before->ifindex, &before->o.set, &before->mtu, &before->txqueuelen, &up, &mac[0],
               &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]) != 11)
        return -EBADMSG;
    *name++ = *rest = '\0';
    before->up = up;
    before->alias = alias + 3;
    *device = (struct saved_device){
        .next = spec->devices, .netns = value, .name = name, .before = before};
    spec->devices = device;
    return 0;
}

/* "DEVICE ADDRESS = PARENT": the device that was just read is a NIC. */
static int take_nic(const struct spec *spec, struct arena *arena, char *value)
{
    struct physical *nic = ARENA_NEW(arena, struct physical);
    char *address = strchr(value, ' '), *parent = strstr(value, " = ");
    struct iface *before = spec->devices ? (struct iface *)spec->devices->before : NULL;

    if (!nic)
        return -ENOMEM;
    if (!address || !parent || address == parent || !before)
        return -EBADMSG;
    *address++ = *parent = '\0';
    while (nic->address_length < NIC_ADDRESS_MAX &&
           sscanf(address + 2 * nic->address_length, "%2hhx", &nic->address[nic->address_length]) ==
               1)
        nic->address_length++;
    nic->o = (struct object){.table = kind_physical.options, .parent = &before->o};
    nic->device = value;
    nic->parent = parent[3] ? parent + 3 : NULL;
    before->kind = &kind_physical;
    before->options = &nic->o;
    return 0;
}

/* "NS IF ADDRESS" */
static int take_address(struct spec *spec, struct arena *arena, char *value)
{
    struct saved_address *kept = ARENA_NEW(arena, struct saved_address);
    char *iface = strchr(value, ' '), *address = iface ? strchr(iface + 1, ' ') : NULL;

    if (!kept)
        return -ENOMEM;
    if (!address)
        return -EBADMSG;
    *iface++ = *address++ = '\0';
    *kept = (struct saved_address){
        .next = spec->addresses, .netns = value, .iface = iface, .address = address};
    spec->addresses = kept;
    return 0;
}

struct attachment *spec_attachment(const struct spec *spec, const char *name)
{
    struct attachment *attachment = spec->attachments;

    while (attachment && strcmp(attachment->name, name) != 0)
        attachment = attachment->next;
    return attachment;
}

static int take_line(struct spec *spec, struct arena *arena, char *line)
{
    char *value = strchr(line, ' ');

    if (!value)
        return -EBADMSG;
    *value++ = '\0';
    if (strcmp(line, "group") == 0)
        spec->group = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(line, "cookie") == 0)
        spec->cookie = strtoull(value, NULL, 10);
    else if (strcmp(line, "boot-id") == 0)
        snprintf(spec->boot_id, sizeof spec->boot_id, "%s", value);
    else if (strcmp(line, "file") == 0)
        spec->file = value;
    else if (strcmp(line, "namespaces") == 0)
        spec->namespaces = strtoul(value, NULL, 10);
    else if (strcmp(line, "links") == 0)
        spec->links = strtoul(value, NULL, 10);
    else if (strcmp(line, "interfaces") == 0)
        spec->interfaces = strtoul(value, NULL, 10);
    else if (strcmp(line, "services") == 0)
        spec->services = strtoul(value, NULL, 10);
    else if (strcmp(line, "made-netns-dir") == 0)
        spec->made_netns_dir = true;
    else if (strcmp(line, "has-host") == 0)
        spec->has_host = true;
    else if (strcmp(line, "previous") == 0)
        spec->previous_size = strtoul(value, NULL, 10);
    else if (strcmp(line, "device") == 0)
        return take_device(spec, arena, value);
    else if (strcmp(line, "nic") == 0)
        return take_nic(spec, arena, value);
    else if (strcmp(line, "kept") == 0)
        return take_address(spec, arena, value);
    else if (strcmp(line, "attached") == 0)
        return take_attachment(spec, arena, value);
    else if (strcmp(line, "sysctl") == 0 || strcmp(line, "set") == 0)
        return take_sysctl(spec, arena, value, *line == 's' && line[1] == 'e');
    return 0; /* a newer netlab's lines are its own */
}

int spec_read(int directory, struct arena *arena, struct spec *ret_spec)
{
    struct spec spec = {.file = ""};
    char *text = NULL, *line;
    size_t size = 0;
    int r = read_file(directory, arena, &text, &size);

    if (r < 0 || !text)
        return r;
    if (strncmp(text, SPEC_HEAD, strlen(SPEC_HEAD)) != 0)
        return -EBADMSG;
    line = text + strlen(SPEC_HEAD);
    while (*line != '\n') {
        char *end = strchr(line, '\n');

        if (!end)
            return -EBADMSG;
        *end = '\0';
        r = take_line(&spec, arena, line);
        if (r < 0)
            return r;
        line = end + 1;
    }
    spec.text = line + 1;
    spec.size = size - (size_t)(spec.text - text);
    if (spec.previous_size > spec.size)
        return -EBADMSG;
    if (spec.previous_size) {
        spec.size -= spec.previous_size;
        spec.previous = spec.text + spec.size;
    }
    *ret_spec = spec;
    return 0;
}

int state_read_spec(const struct state *state, struct arena *arena, struct spec *ret_spec,
                    struct netlab_report *report)
{
    int r = spec_read(state->fd, arena, ret_spec);

    if (r < 0)
        return report_plain(report, -r, "cannot read %s/%s/spec: %s", STATE_DIR, state->name,
                            strerror(-r));
    return 0;
}
