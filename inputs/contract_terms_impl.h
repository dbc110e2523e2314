/* Reading contracts, in parts. For contract_terms*.c only. */
#ifndef ARCHIPELAGO_INPUTS_CONTRACT_TERMS_IMPL_H
#define ARCHIPELAGO_INPUTS_CONTRACT_TERMS_IMPL_H

#include "inputs/contract_terms.h"
#include "inputs/study_fields.h"

/* contract_terms_quantity.c; `comm` reads profiles. */
PetscErrorCode TermsReadQuantity(MPI_Comm comm, StudyReader *r, YamlTree tree, QuantityTerms *q);
PetscErrorCode TermsDestroyQuantity(QuantityTerms *q);
/* contract_terms_price.c */
PetscErrorCode TermsReadPrice(StudyReader *r, YamlTree tree, PriceTerms *p);
PetscErrorCode TermsDestroyPrice(PriceTerms *p);
/* contract_terms_condition.c: the list of conditions. */
PetscErrorCode TermsReadConditions(StudyReader *r, YamlTree tree, ContractTerm *c);
PetscErrorCode TermsDestroyConditions(ContractTerm *c);
/* contract_terms_csv.c: the rows of a table as the tree that YAML would have given. NULL with faults. */
PetscErrorCode TermsTreeFromCsv(const Source *source, Faults faults, YamlTree *tree);

/* Reads `kind`, which chooses the fields of a mapping: *kind is its position in `kinds`, or -1 after a fault. */
PetscErrorCode TermsReadKind(StudyReader *r, const char *where, YamlTree tree, const char *const *kinds, PetscInt n,
                             const char *expected, PetscInt *kind);

#endif
