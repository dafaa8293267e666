/* SPDX-License-Identifier: MIT */
/*
 * Job: small things that hold for all tables.
 */
#include "model/table.h"

#include <string.h>

void list_append(struct list *list, struct object *object)
{
    object->next = NULL;
    if (list->last)
        list->last->next = object;
    else
        list->first = object;
    list->last = object;
    list->count++;
}

struct mark object_mark(const struct object *object, unsigned field)
{
    if (object->marks && object->marks[field].line)
        return object->marks[field];
    return object->mark;
}

const struct choice *choice_find(const struct choice *choices, const char *word)
{
    for (; choices && choices->word; choices++)
        if (strcmp(choices->word, word) == 0)
            return choices;
    return NULL;
}

const char *choice_word(const struct choice *choices, uint32_t value)
{
    for (; choices && choices->word; choices++)
        if (choices->value == value)
            return choices->word;
    return NULL;
}
