/* SPDX-License-Identifier: MIT */
/*
 * Job: run the fuzz target without libFuzzer: the files given, or mutations of the files of
 * tests/data and tests/fuzz/corpus. NETLAB_FUZZ_RUNS: how many (20000); NETLAB_SEED repeats a run.
 * A million under the sanitizers, in halves:
 *
 *     for seed in 1 2; do NETLAB_FUZZ_RUNS=500000 NETLAB_SEED=$seed \
 *         build-sanitize/tests/fuzz/test_fuzz & done; wait
 *
 * A child does the work, on memory that is shared with its parent: whatever ends it, an abort, a
 * signal, a sanitizer that exits, its input is left in $TMPDIR/netlab-fuzz-SEED.yaml.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

enum {
    RUNS = 20000,
    SIZE_MAX_ = 8192,
    FILES_MAX = 1024,
    PATIENCE = 60, /* seconds that one input may take */
};

struct file {
    uint8_t *data;
    size_t size;
};

static struct file files[FILES_MAX];
static size_t file_count, good_count; /* good: valid files, they come first */
static struct input {
    size_t size;
    long runs; /* done */
    uint8_t data[SIZE_MAX_];
} * input; /* shared with the parent */

static void load(const char *path)
{
    FILE *in = fopen(path, "re");
    struct file *file = &files[file_count];

    if (!in || file_count == FILES_MAX)
        abort();
    file->data = malloc(SIZE_MAX_);
    if (!file->data)
        abort();
    file->size = fread(file->data, 1, SIZE_MAX_, in);
    fclose(in);
    file_count++;
}

static int is_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strstr(entry->d_name, ".yaml");
}

static void load_all(const char *directory)
{
    struct dirent **entries;
    int count = scandir(directory, &entries, is_file, alphasort);

    for (int i = 0; i < count; i++) {
        char path[4096];

        snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
        load(path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static void run_one(void)
{
    alarm(PATIENCE);
    LLVMFuzzerTestOneInput(input->data, input->size);
    input->runs++;
}

static void take(const struct file *file)
{
    memcpy(input->data, file->data, file->size);
    input->size = file->size;
}

static void run(unsigned seed, long runs)
{
    for (long i = 0; i < runs && good_count; i++) {
        unsigned step = seed + (unsigned)i * 7919U;
        const struct file *file = &files[step / 7U % (step % 3U ? good_count : file_count)];

        /* mutations of mutations, and from the beginning again before it is no YAML any more */
        if (i % 5 == 0 || !input->size)
            take(file);
        input->size = LLVMFuzzerCustomMutator(input->data, input->size, sizeof input->data, step);
        run_one();
    }
}

/* In the child. */
static void work(unsigned seed, long runs)
{
    for (size_t i = 0; i < file_count; i++) {
        take(&files[i]);
        run_one();
    }
    run(seed, runs);
    for (size_t i = 0; i < file_count; i++)
        free(files[i].data);
}

/* Keep what killed the child, for a test. */
static void keep_input(int status, unsigned seed)
{
    const char *directory = getenv("TMPDIR");
    char path[4096];
    FILE *out;

    if (WIFSIGNALED(status))
        fprintf(stderr, "fuzz: killed by signal %d (%s)\n", WTERMSIG(status),
                WTERMSIG(status) == SIGALRM ? "it took too long" : strsignal(WTERMSIG(status)));
    snprintf(path, sizeof path, "%s/netlab-fuzz-%u.yaml", directory ? directory : "/tmp", seed);
    out = fopen(path, "we");
    if (!out || fwrite(input->data, 1, input->size, out) != input->size || fclose(out) != 0)
        perror(path);
    else
        fprintf(stderr, "fuzz: the input of run %ld is in %s\n", input->runs, path);
}

int main(int argc, char **argv)
{
    const char *runs_text = getenv("NETLAB_FUZZ_RUNS"), *seed_text = getenv("NETLAB_SEED");
    long runs = argc > 1 ? 0 : runs_text ? atol(runs_text) : RUNS;
    unsigned seed = seed_text ? (unsigned)strtoul(seed_text, NULL, 10) : 1;
    time_t begin = time(NULL);
    int status = 0;
    pid_t pid;

    for (int i = 1; i < argc; i++)
        load(argv[i]);
    if (argc <= 1) {
        load_all(SOURCE_DIR "/tests/data/good");
        load_all(SOURCE_DIR "/tests/data/warn");
        load_all(SOURCE_DIR "/examples");
        good_count = file_count;
        load_all(SOURCE_DIR "/tests/fuzz/corpus");
        load_all(SOURCE_DIR "/tests/data/bad");
    }
    input = mmap(NULL, sizeof *input, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (input == MAP_FAILED)
        abort();
    printf("fuzz: seed %u, %zu files, %ld runs\n", seed, file_count, runs);
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        work(seed, runs);
        return EXIT_SUCCESS;
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        abort();
    if (status != 0)
        keep_input(status, seed);
    for (size_t i = 0; i < file_count; i++)
        free(files[i].data);
    printf("# %ld executions in %ld s\n", input->runs, (long)(time(NULL) - begin));
    printf("fuzz: %d passed, %d failed, 0 skipped\n", status == 0, status != 0);
    return status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
