/* SPDX-License-Identifier: MIT */
/*
 * Job: keys that are in files of their own.
 * In: a lab, the names of the files. Out: keys.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "apply/job.h"
#include "base/cleanup.h"
#include "base/report.h"
#include "kinds/wireguard.h"

/* The first line of a file, which is never shown. */
static int read_key(const struct job *job, const struct wireguard *wireguard,
                    const struct object *object, unsigned field, const char *name,
                    struct key *ret_key)
{
    const struct source *source = &job->lab->source;
    struct mark mark = object_mark(object, field);
    char path[PATH_MAX], line[KEY_TEXT + 2] = "";
    CLEANUP_FILE FILE *file = NULL;
    int r;

    key_path(wireguard, name, sizeof path, path);
    file = fopen(path, "re");
    if (!file)
        return report_error(job->report, errno, source, mark, "cannot read the key in %s: %s", path,
                            strerror(errno));
    if (!fgets(line, sizeof line, file))
        line[0] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    r = key_parse(line, ret_key);
    explicit_bzero(line, sizeof line);
    if (r < 0)
        return report_error(job->report, EINVAL, source, mark, "the first line of %s is no key",
                            path);
    return 0;
}

static int read_keys(const struct job *job, struct wireguard *wireguard)
{
    int r = 0;

    if (object_has(&wireguard->o, WIREGUARD_PRIVATE_KEY_FILE))
        r = read_key(job, wireguard, &wireguard->o, WIREGUARD_PRIVATE_KEY_FILE,
                     wireguard->private_file, &wireguard->private_key);
    LIST_EACH (struct wireguard_peer, peer, &wireguard->peers) {
        int one = 0;

        if (object_has(&peer->o, PEER_PRESHARED_KEY_FILE))
            one = read_key(job, wireguard, &peer->o, PEER_PRESHARED_KEY_FILE, peer->preshared_file,
                           &peer->preshared_key);
        r = r < 0 ? r : one;
    }
    return r;
}

int job_read_keys(const struct job *job)
{
    int r = 0;

    LIST_EACH (struct netns, netns, &job->lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces) {
            int one = iface_wireguard(iface) ? read_keys(job, iface_wireguard(iface)) : 0;

            r = r < 0 ? r : one;
        }
    return r;
}

bool job_has_secrets(const struct job *job)
{
    LIST_EACH (struct netns, netns, &job->lab->namespaces)
        LIST_EACH (struct iface, iface, &netns->interfaces) {
            const struct wireguard *wireguard = iface_wireguard(iface);

            if (!wireguard)
                continue;
            if (wireguard->private_text)
                return true;
            LIST_EACH (struct wireguard_peer, peer, &wireguard->peers)
                if (peer->preshared_text)
                    return true;
        }
    return false;
}
