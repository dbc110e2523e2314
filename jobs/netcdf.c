/* A data set as netCDF-4-readable HDF5. The file is laid out in memory and written in one go on closing; object times are off, the library's version bounds fixed, storage contiguous and
   allocated early. Dimensions without a coordinate are the index-only scales that the netCDF library knows. */
#include "jobs/dataset.h"

#include <hdf5.h>
#include <hdf5_hl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A data set's missing reals: the netCDF library's default for doubles. */
static const double FILL_REAL = 9.9692099683868690e+36;

enum { IMAGE_INCREMENT = 1 << 16, NAME_MAX_LENGTH = 256, SUPERBLOCK_VERSION = 8, SUPERBLOCK_END = 28 };

#define HDF5_CHECK(id) PetscCheck((id) >= 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "HDF5 failed")
#define HDF5_DO(call)                      \
  do {                                     \
    const hid_t h5_status = (hid_t)(call); \
    HDF5_CHECK(h5_status);                 \
  } while (0)

static PetscErrorCode CreateTextType(hid_t *type)
{
  PetscFunctionBeginUser;
  HDF5_CHECK(*type = H5Tcopy(H5T_C_S1));
  HDF5_DO(H5Tset_size(*type, H5T_VARIABLE));
  HDF5_DO(H5Tset_cset(*type, H5T_CSET_UTF8));
  PetscFunctionReturn(0);
}

/* A text attribute of fixed length, as the netCDF library writes its own. */
static PetscErrorCode WriteTextAttribute(hid_t object, const char *name, const char *value)
{
  hid_t type, space, attribute;

  PetscFunctionBeginUser;
  if (!value || !value[0]) PetscFunctionReturn(0);
  HDF5_CHECK(type = H5Tcopy(H5T_C_S1));
  HDF5_DO(H5Tset_size(type, strlen(value)));
  HDF5_DO(H5Tset_cset(type, H5T_CSET_UTF8));
  HDF5_CHECK(space = H5Screate(H5S_SCALAR));
  HDF5_CHECK(attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT));
  HDF5_DO(H5Awrite(attribute, type, value));
  HDF5_DO(H5Aclose(attribute));
  HDF5_DO(H5Sclose(space));
  HDF5_DO(H5Tclose(type));
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteNumberAttribute(hid_t object, const char *name, hid_t file_type, hid_t memory_type,
                                           const void *value, PetscBool scalar)
{
  hsize_t one = 1;
  hid_t   space, attribute;

  PetscFunctionBeginUser;
  HDF5_CHECK(space = scalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &one, NULL));
  HDF5_CHECK(attribute = H5Acreate2(object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT));
  HDF5_DO(H5Awrite(attribute, memory_type, value));
  HDF5_DO(H5Aclose(attribute));
  HDF5_DO(H5Sclose(space));
  PetscFunctionReturn(0);
}

static PetscErrorCode CreateDatasetProperties(hid_t *properties)
{
  PetscFunctionBeginUser;
  HDF5_CHECK(*properties = H5Pcreate(H5P_DATASET_CREATE));
  HDF5_DO(H5Pset_obj_track_times(*properties, 0));
  HDF5_DO(H5Pset_layout(*properties, H5D_CONTIGUOUS));
  HDF5_DO(H5Pset_alloc_time(*properties, H5D_ALLOC_TIME_EARLY));
  HDF5_DO(H5Pset_attr_creation_order(*properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
  PetscFunctionReturn(0);
}

/* HDF5 cannot close a file that it failed to write, so it writes none: the file in memory outlives its handle, here. */
typedef struct {
  void *bytes;
} Image;

static void *AllocateImage(size_t size, H5FD_file_image_op_t op, void *image)
{
  (void)op, (void)image;
  return malloc(size);
}

static void *ResizeImage(void *bytes, size_t size, H5FD_file_image_op_t op, void *image)
{
  (void)op, (void)image;
  return realloc(bytes, size);
}

static herr_t ReleaseImage(void *bytes, H5FD_file_image_op_t op, void *image)
{
  if (op == H5FD_FILE_IMAGE_OP_FILE_CLOSE)
    ((Image *)image)->bytes = bytes;
  else
    free(bytes);
  return 0;
}

static void *BorrowImage(void *image)
{
  return image;
}

static herr_t ReturnImage(void *image)
{
  (void)image;
  return 0;
}

static PetscErrorCode CreateImage(const char *path, Image *image, hid_t *file)
{
  H5FD_file_image_callbacks_t callbacks = {AllocateImage, NULL,        ResizeImage, ReleaseImage,
                                           BorrowImage,   ReturnImage, image};
  hid_t                       access, create;

  PetscFunctionBeginUser;
  HDF5_CHECK(access = H5Pcreate(H5P_FILE_ACCESS));
  HDF5_DO(H5Pset_fapl_core(access, IMAGE_INCREMENT, 0));
  HDF5_DO(H5Pset_file_image_callbacks(access, &callbacks));
  HDF5_DO(H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18));
  HDF5_CHECK(create = H5Pcreate(H5P_FILE_CREATE));
  HDF5_DO(H5Pset_obj_track_times(create, 0));
  HDF5_DO(H5Pset_link_creation_order(create, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
  HDF5_DO(H5Pset_attr_creation_order(create, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
  HDF5_CHECK(*file = H5Fcreate(path, H5F_ACC_TRUNC, create, access));
  HDF5_DO(H5Pclose(create));
  HDF5_DO(H5Pclose(access));
  PetscFunctionReturn(0);
}

/* Missing values are stored as the fill value. */
static PetscErrorCode WriteReals(hid_t id, const double *value, size_t n)
{
  double *stored;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &stored));
  for (size_t k = 0; k < n; k++) stored[k] = isnan(value[k]) ? FILL_REAL : value[k];
  HDF5_DO(H5Dwrite(id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, stored));
  PetscCall(PetscFree(stored));
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteValues(Dataset ds, const Variable *var, hid_t id, hid_t text_type)
{
  PetscFunctionBeginUser;
  if (var->kind == VALUE_REAL) PetscCall(WriteReals(id, var->real, DatasetCount(ds, var)));
  if (var->kind == VALUE_INTEGER) HDF5_DO(H5Dwrite(id, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, var->integer));
  if (var->kind == VALUE_TEXT) HDF5_DO(H5Dwrite(id, text_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, var->text));
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteVariable(Dataset ds, const Variable *var, hid_t file)
{
  hid_t   properties, space, text_type, type, id;
  hsize_t size[DATASET_MAX_RANK];

  PetscFunctionBeginUser;
  for (PetscInt d = 0; d < var->rank; d++) size[d] = (hsize_t)ds->dim[var->dim[d]].length;
  PetscCall(CreateTextType(&text_type));
  type = var->kind == VALUE_REAL ? H5T_IEEE_F64LE : var->kind == VALUE_INTEGER ? H5T_STD_I64LE : text_type;
  PetscCall(CreateDatasetProperties(&properties));
  if (var->kind == VALUE_REAL) HDF5_DO(H5Pset_fill_value(properties, H5T_NATIVE_DOUBLE, &FILL_REAL));
  HDF5_CHECK(space = var->rank ? H5Screate_simple((int)var->rank, size, NULL) : H5Screate(H5S_SCALAR));
  HDF5_CHECK(id = H5Dcreate2(file, var->name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT));
  PetscCall(WriteValues(ds, var, id, text_type));
  PetscCall(WriteTextAttribute(id, "long_name", var->long_name));
  PetscCall(WriteTextAttribute(id, "units", var->units));
  PetscCall(WriteTextAttribute(id, "calendar", var->calendar));
  if (var->kind == VALUE_REAL)
    PetscCall(WriteNumberAttribute(id, "_FillValue", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &FILL_REAL, PETSC_FALSE));
  HDF5_DO(H5Dclose(id));
  HDF5_DO(H5Sclose(space));
  HDF5_DO(H5Pclose(properties));
  HDF5_DO(H5Tclose(text_type));
  PetscFunctionReturn(0);
}

/* The scale of a dimension without a coordinate: a dataset without values to look at. */
static PetscErrorCode CreateIndexScale(const Dimension *dim, hid_t file, hid_t *id)
{
  hid_t   properties, space;
  hsize_t length = (hsize_t)dim->length;

  PetscFunctionBeginUser;
  PetscCall(CreateDatasetProperties(&properties));
  HDF5_CHECK(space = H5Screate_simple(1, &length, NULL));
  HDF5_CHECK(*id = H5Dcreate2(file, dim->name, H5T_IEEE_F32BE, space, H5P_DEFAULT, properties, H5P_DEFAULT));
  HDF5_DO(H5Sclose(space));
  HDF5_DO(H5Pclose(properties));
  PetscFunctionReturn(0);
}

static PetscErrorCode MakeScale(Dataset ds, PetscInt d, int number, hid_t file)
{
  const Dimension *dim = &ds->dim[d];
  Variable        *var = DatasetFind(ds, dim->name);
  char             name[NAME_MAX_LENGTH];
  hid_t            id = -1;

  PetscFunctionBeginUser;
  if (var) {
    PetscCall(WriteVariable(ds, var, file));
    HDF5_CHECK(id = H5Dopen2(file, dim->name, H5P_DEFAULT));
    HDF5_DO(H5DSset_scale(id, dim->name));
  } else {
    PetscCall(CreateIndexScale(dim, file, &id));
    snprintf(name, sizeof name, "This is a netCDF dimension but not a netCDF variable.%10d", (int)dim->length);
    HDF5_DO(H5DSset_scale(id, name));
  }
  PetscCall(WriteNumberAttribute(id, "_Netcdf4Dimid", H5T_STD_I32LE, H5T_NATIVE_INT, &number, PETSC_TRUE));
  HDF5_DO(H5Dclose(id));
  PetscFunctionReturn(0);
}

static PetscErrorCode AttachScales(Dataset ds, const Variable *var, hid_t file)
{
  hid_t id, scale;

  PetscFunctionBeginUser;
  HDF5_CHECK(id = H5Dopen2(file, var->name, H5P_DEFAULT));
  for (PetscInt d = 0; d < var->rank; d++) {
    HDF5_CHECK(scale = H5Dopen2(file, ds->dim[var->dim[d]].name, H5P_DEFAULT));
    HDF5_DO(H5DSattach_scale(id, scale, (unsigned)d));
    HDF5_DO(H5Dclose(scale));
  }
  HDF5_DO(H5Dclose(id));
  PetscFunctionReturn(0);
}

static PetscBool IsCoordinate(Dataset ds, const Variable *var)
{
  return var->rank == 1 && !strcmp(ds->dim[var->dim[0]].name, var->name) ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode WriteFile(Dataset ds, hid_t file)
{
  int number = 0;

  PetscFunctionBeginUser;
  PetscCall(WriteTextAttribute(file, "Conventions", "CF-1.8"));
  for (PetscInt k = 0; k < ds->n_attributes; k++)
    PetscCall(WriteTextAttribute(file, ds->attribute[2 * k], ds->attribute[2 * k + 1]));
  for (PetscInt d = 0; d < ds->n_dims; d++)
    if (ds->dim[d].length > 0) PetscCall(MakeScale(ds, d, number++, file));
  for (PetscInt v = 0; v < ds->n_vars; v++) {
    if (IsCoordinate(ds, &ds->var[v]) || DatasetCount(ds, &ds->var[v]) == 0) continue;
    PetscCall(WriteVariable(ds, &ds->var[v], file));
    PetscCall(AttachScales(ds, &ds->var[v], file));
  }
  PetscFunctionReturn(0);
}

/* Where the file in memory ends, as its superblock says (version 2, eight bytes from 28 on); 0 where it says nothing that
   can be. */
static size_t ImageSize(const Image *image, hsize_t allocated)
{
  const uint8_t *bytes = image->bytes;
  uint64_t       end   = 0;

  if (!bytes || allocated < SUPERBLOCK_END + 8 || bytes[SUPERBLOCK_VERSION] != 2) return 0;
  for (int k = 7; k >= 0; k--) end = end << 8 | bytes[SUPERBLOCK_END + k];
  return end <= allocated ? (size_t)end : 0;
}

PetscErrorCode DatasetWriteNetcdf(Dataset ds, const char *path, PetscBool *written, FileError *error)
{
  Image   image = {NULL};
  hid_t   file;
  hsize_t allocated;
  size_t  size;

  PetscFunctionBeginUser;
  HDF5_DO(H5Eset_auto2(H5E_DEFAULT, NULL, NULL));
  PetscCall(CreateImage(path, &image, &file));
  PetscCall(WriteFile(ds, file));
  HDF5_DO(H5Fflush(file, H5F_SCOPE_GLOBAL));
  HDF5_DO(H5Fget_filesize(file, &allocated));
  HDF5_DO(H5Fclose(file));
  size = ImageSize(&image, allocated);
  PetscCheck(size, PETSC_COMM_SELF, PETSC_ERR_LIB, "HDF5 failed");
  *written = FileWrite(path, image.bytes, size, error);
  free(image.bytes);
  PetscFunctionReturn(0);
}

/* Reading. */

static PetscErrorCode ReadTextAttribute(hid_t object, const char *name, char **value)
{
  hid_t  attribute, type;
  size_t size;

  PetscFunctionBeginUser;
  *value = NULL;
  if (H5Aexists(object, name) <= 0) PetscFunctionReturn(0);
  HDF5_CHECK(attribute = H5Aopen(object, name, H5P_DEFAULT));
  HDF5_CHECK(type = H5Aget_type(attribute));
  if (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0) {
    size = H5Tget_size(type);
    PetscCall(PetscCalloc1(size + 1, value));
    HDF5_DO(H5Aread(attribute, type, *value));
  }
  HDF5_DO(H5Tclose(type));
  HDF5_DO(H5Aclose(attribute));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadValues(Dataset ds, Variable *var, hid_t id)
{
  size_t n = DatasetCount(ds, var);
  hid_t  type, space;
  char **text;

  PetscFunctionBeginUser;
  if (var->kind == VALUE_REAL) {
    HDF5_DO(H5Dread(id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, var->real));
    for (size_t k = 0; k < n; k++)
      if (var->real[k] == FILL_REAL) var->real[k] = NAN;
  } else if (var->kind == VALUE_INTEGER) {
    HDF5_DO(H5Dread(id, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, var->integer));
  } else {
    PetscCall(CreateTextType(&type));
    HDF5_CHECK(space = H5Dget_space(id));
    PetscCall(PetscCalloc1(n, &text));
    HDF5_DO(H5Dread(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text));
    for (size_t k = 0; k < n; k++) {
      PetscCall(PetscFree(var->text[k]));
      PetscCall(PetscStrallocpy(text[k] ? text[k] : "", &var->text[k]));
    }
    HDF5_DO(H5Dvlen_reclaim(type, space, H5P_DEFAULT, text));
    PetscCall(PetscFree(text));
    HDF5_DO(H5Sclose(space));
    HDF5_DO(H5Tclose(type));
  }
  PetscFunctionReturn(0);
}

static herr_t ScaleName(hid_t id, unsigned axis, hid_t scale, void *name)
{
  (void)id;
  (void)axis;
  return H5Iget_name(scale, name, NAME_MAX_LENGTH) > 0 ? 1 : -1;
}

/* The dimension names of a dataset, space separated: its own name for a coordinate, otherwise the attached scales'. */
static PetscErrorCode ReadDimensions(hid_t id, const char *own, char *dims, size_t size)
{
  char name[NAME_MAX_LENGTH];
  int  rank;

  PetscFunctionBeginUser;
  dims[0] = '\0';
  if (H5DSis_scale(id) > 0) {
    PetscCall(PetscStrncpy(dims, own, size));
    PetscFunctionReturn(0);
  }
  {
    hid_t space;
    HDF5_CHECK(space = H5Dget_space(id));
    HDF5_CHECK(rank = H5Sget_simple_extent_ndims(space));
    HDF5_DO(H5Sclose(space));
  }
  for (int d = 0; d < rank; d++) {
    PetscCheck(H5DSiterate_scales(id, (unsigned)d, NULL, ScaleName, name) > 0, PETSC_COMM_SELF,
               PETSC_ERR_FILE_UNEXPECTED, "axis %d of %s has no scale", d, own);
    PetscCall(PetscStrlcat(dims, name[0] == '/' ? name + 1 : name, size));
    PetscCall(PetscStrlcat(dims, " ", size));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadVariable(Dataset ds, const char *name, hid_t id)
{
  char     *units, *long_name, dims[4 * NAME_MAX_LENGTH];
  Variable *var;
  hid_t     type;

  PetscFunctionBeginUser;
  PetscCall(ReadDimensions(id, name, dims, sizeof dims));
  PetscCall(ReadTextAttribute(id, "units", &units));
  PetscCall(ReadTextAttribute(id, "long_name", &long_name));
  HDF5_CHECK(type = H5Dget_type(id));
  switch (H5Tget_class(type)) {
  case H5T_FLOAT:
    PetscCall(DatasetAddReal(ds, name, dims, units, long_name, NULL));
    break;
  case H5T_INTEGER:
    PetscCall(DatasetAddInteger(ds, name, dims, units, long_name, NULL));
    break;
  default:
    PetscCall(DatasetAddText(ds, name, dims, long_name, NULL));
  }
  HDF5_DO(H5Tclose(type));
  var = DatasetFind(ds, name);
  PetscCall(ReadTextAttribute(id, "calendar", &var->calendar));
  PetscCall(ReadValues(ds, var, id));
  PetscCall(PetscFree(units));
  PetscCall(PetscFree(long_name));
  PetscFunctionReturn(0);
}

static PetscErrorCode LinkName(hid_t file, hsize_t k, char name[NAME_MAX_LENGTH])
{
  PetscFunctionBeginUser;
  HDF5_CHECK(H5Lget_name_by_idx(file, "/", H5_INDEX_CRT_ORDER, H5_ITER_INC, k, name, NAME_MAX_LENGTH, H5P_DEFAULT));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadScale(Dataset ds, const char *name, hid_t id)
{
  hid_t   space;
  hsize_t length;

  PetscFunctionBeginUser;
  HDF5_CHECK(space = H5Dget_space(id));
  HDF5_CHECK(H5Sget_simple_extent_dims(space, &length, NULL));
  HDF5_DO(H5Sclose(space));
  PetscCall(DatasetAddDimension(ds, name, (PetscInt)length));
  PetscFunctionReturn(0);
}

static PetscBool IsIndexOnly(hid_t id)
{
  char label[NAME_MAX_LENGTH] = "";
  if (H5DSis_scale(id) <= 0 || H5DSget_scale_name(id, label, sizeof label) < 0) return PETSC_FALSE;
  return !strncmp(label, "This is a netCDF dimension", 26) ? PETSC_TRUE : PETSC_FALSE;
}

/* Two passes over the root group in order of creation: scales, then variables. */
static PetscErrorCode ReadFile(Dataset ds, hid_t file)
{
  H5G_info_t info;
  char       name[NAME_MAX_LENGTH];

  PetscFunctionBeginUser;
  HDF5_DO(H5Gget_info(file, &info));
  for (int pass = 0; pass < 2; pass++) {
    for (hsize_t k = 0; k < info.nlinks; k++) {
      hid_t id;
      PetscCall(LinkName(file, k, name));
      HDF5_CHECK(id = H5Dopen2(file, name, H5P_DEFAULT));
      if (pass == 0 && H5DSis_scale(id) > 0) PetscCall(ReadScale(ds, name, id));
      if (pass == 1 && !IsIndexOnly(id)) PetscCall(ReadVariable(ds, name, id));
      HDF5_DO(H5Dclose(id));
    }
  }
  PetscFunctionReturn(0);
}

/* The file's own text attributes, in order of creation; Conventions is the writer's. */
static PetscErrorCode ReadAttributes(Dataset ds, hid_t file)
{
  H5O_info_t info;
  char       name[NAME_MAX_LENGTH], *value;

  PetscFunctionBeginUser;
  HDF5_DO(H5Oget_info(file, &info));
  for (hsize_t k = 0; k < info.num_attrs; k++) {
    HDF5_CHECK(H5Aget_name_by_idx(file, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, k, name, sizeof name, H5P_DEFAULT));
    if (!strcmp(name, "Conventions")) continue;
    PetscCall(ReadTextAttribute(file, name, &value));
    if (value) PetscCall(DatasetSetAttribute(ds, name, value));
    PetscCall(PetscFree(value));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode DatasetReadNetcdf(const char *path, Dataset *ds, FileError *error)
{
  hid_t file;

  PetscFunctionBeginUser;
  *ds = NULL;
  HDF5_DO(H5Eset_auto2(H5E_DEFAULT, NULL, NULL));
  file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file < 0) {
    snprintf(error->text, sizeof error->text, "%s: cannot be read as HDF5", path);
    PetscFunctionReturn(0);
  }
  PetscCall(DatasetCreate(ds));
  PetscCall(ReadAttributes(*ds, file));
  PetscCall(ReadFile(*ds, file));
  HDF5_DO(H5Fclose(file));
  PetscFunctionReturn(0);
}
