/* SPDX-License-Identifier: MIT */
/*
 * Job: run the fuzz target without libFuzzer: the files given, or mutations of the files of
 * tests/data and tests/fuzz/corpus. NETLAB_FUZZ_RUNS: how many (20000); NETLAB_SEED repeats a run.
 * What makes it abort is left in $TMPDIR/netlab-fuzz.yaml.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

enum {
    RUNS = 20000,
    SIZE_MAX_ = 8192,
    FILES_MAX = 1024,
};

struct file {
    uint8_t *data;
    size_t size;
};

static struct file files[FILES_MAX];
static size_t file_count, good_count; /* good: valid files, they come first */
static uint8_t input[SIZE_MAX_];
static size_t input_size;

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

/* Keep what killed us, for a test. */
static void on_abort(int signal_)
{
    const char *directory = getenv("TMPDIR");
    char path[4096];
    FILE *out;

    snprintf(path, sizeof path, "%s/netlab-fuzz.yaml", directory ? directory : "/tmp");
    out = fopen(path, "we");
    if (out) {
        fwrite(input, 1, input_size, out);
        fclose(out);
        fprintf(stderr, "the input is in %s\n", path);
    }
    signal(signal_, SIG_DFL);
    raise(signal_);
}

static void run(unsigned seed, long runs)
{
    for (long i = 0; i < runs && good_count; i++) {
        unsigned step = seed + (unsigned)i * 7919U;
        const struct file *file = &files[step / 7U % (step % 3U ? good_count : file_count)];

        /* mutations of mutations, and from the beginning again before it is no YAML any more */
        if (i % 5 == 0 || !input_size) {
            memcpy(input, file->data, file->size);
            input_size = file->size;
        }
        input_size = LLVMFuzzerCustomMutator(input, input_size, sizeof input, step);
        LLVMFuzzerTestOneInput(input, input_size);
    }
}

int main(int argc, char **argv)
{
    const char *runs_text = getenv("NETLAB_FUZZ_RUNS"), *seed_text = getenv("NETLAB_SEED");
    long runs = runs_text ? atol(runs_text) : RUNS;
    unsigned seed = seed_text ? (unsigned)strtoul(seed_text, NULL, 10) : 1;

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
    signal(SIGABRT, on_abort);
    signal(SIGSEGV, on_abort);
    for (size_t i = 0; i < file_count; i++) {
        memcpy(input, files[i].data, files[i].size);
        input_size = files[i].size;
        LLVMFuzzerTestOneInput(input, input_size);
    }
    if (argc <= 1) {
        printf("fuzz: seed %u, %zu files, %ld runs\n", seed, file_count, runs);
        run(seed, runs);
    }
    for (size_t i = 0; i < file_count; i++)
        free(files[i].data);
    printf("fuzz: %d passed, 0 failed, 0 skipped\n", 1);
    return EXIT_SUCCESS;
}
