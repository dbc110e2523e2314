/* Files that appear whole or not at all. Functions return PETSC_FALSE and fill one line of text on failure; they are
   for one rank. */
#ifndef ARCHIPELAGO_JOBS_FILE_H
#define ARCHIPELAGO_JOBS_FILE_H

#include <petscsys.h>

typedef struct {
  char text[1024]; /* one line: which file, what failed, why */
} FileError;

/* "folder/name"; a path that is too long becomes empty and fails where it is used. */
void FileJoin(char *path, size_t size, const char *folder, const char *name);

PetscBool FileFail(FileError *error, const char *path, const char *what);

/* Writes to a temporary name beside `path`, syncs it, renames it, syncs the directory. */
PetscBool FileWrite(const char *path, const void *bytes, size_t size, FileError *error);
/* The two halves of that: the temporary name (of PETSC_MAX_PATH_LEN), and syncing and renaming what was written to it. */
PetscBool FileTemporary(const char *path, char *temporary, FileError *error);
PetscBool FileReplace(const char *temporary, const char *path, FileError *error);
/* Reads a whole file; the buffer (with a final zero byte behind `size`) is freed with free(). */
PetscBool FileRead(const char *path, char **bytes, size_t *size, FileError *error);
PetscBool FileExists(const char *path);
PetscBool FileExistsIn(const char *folder, const char *name); /* FileExists of "folder/name" */
/* Locks an open file or directory for this process alone; false where another holds it. On a file system without locks it warns in
   one line, on stderr, that nothing keeps two runs apart, and is true. */
PetscBool FileLock(int descriptor, const char *path);
/* True when a file could be created at `path` (its directory exists and can be written, and it is no directory). */
PetscBool FileWritable(const char *path, FileError *error);
PetscBool DirectoryMake(const char *path, FileError *error); /* with its parents; existing is fine */
PetscBool DirectorySync(const char *path, FileError *error);
PetscBool DirectoryRemove(const char *path, FileError *error); /* with all it holds; absent is fine */
/* Removes what interrupted writes left in a directory: names that begin with ".tmp-". */
PetscBool DirectorySweep(const char *path, FileError *error);
/* Syncs and renames `from` to `to` within one directory. */
PetscBool DirectoryCommit(const char *from, const char *to, FileError *error);

/* A growing text; starts from {0}, freed with free(text.bytes). */
typedef struct {
  char  *bytes;
  size_t size, capacity;
} Text;

void TextAdd(Text *text, const char *format, ...) PETSC_ATTRIBUTE_FORMAT(2, 3);
void TextAddBytes(Text *text, const void *bytes, size_t size);
/* A CSV field, quoted where it must be. */
void TextAddField(Text *text, const char *field);

#endif
