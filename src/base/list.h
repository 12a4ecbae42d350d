/* base/list.h -- a doubly linked list inside the things it links. */
#ifndef DW_BASE_LIST_H
#define DW_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* A head, or a link inside an element. A link that is in no list points to itself. */
struct list {
    struct list *next, *prev;
};

/* The element of type T whose member m is `link`. */
#define DW__LIST_ENTRY(link, T, m) ((T *)(void *)((char *)(link)-offsetof(T, m)))

static inline void dw__list_init(struct list *l)
{
    l->next = l->prev = l;
}

static inline bool dw__list_empty(const struct list *l)
{
    return l->next == l;
}

/* Puts `link` at the end of `head`. */
static inline void dw__list_append(struct list *head, struct list *link)
{
    link->prev = head->prev;
    link->next = head;
    head->prev->next = link;
    head->prev = link;
}

/* Takes `link` out of whatever list it is in; harmless when it is in none. */
static inline void dw__list_remove(struct list *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    dw__list_init(link);
}

#endif
