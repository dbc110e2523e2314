/* Allocators that fail when a test says so. A program that includes this is linked with the allocators wrapped, as
   tests.cmake does. */
#ifndef ARCHIPELAGO_TESTS_FAILING_ALLOCATIONS_H
#define ARCHIPELAGO_TESTS_FAILING_ALLOCATIONS_H

#include <stdbool.h>
#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *block, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *block, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t n);

static long countdown = -1; /* allocations left until one fails; negative: none fails */

static bool Fails(void)
{
  return countdown >= 0 && countdown-- == 0;
}

void *__wrap_malloc(size_t size)
{
  return Fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
  return Fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *block, size_t size)
{
  return Fails() ? NULL : __real_realloc(block, size);
}

char *__wrap_strdup(const char *text)
{
  return Fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t n)
{
  return Fails() ? NULL : __real_strndup(text, n);
}

#endif
