/* The page's fixed parts, built into the program: what the assembler takes in from the files that CMake names. */
#include <string.h>

#include "jobs/report_impl.h"

#define PART(name, file)                                                                                \
  extern const char report_##name[], report_##name##_end[];                                             \
  __asm__(".pushsection .rodata\n.global report_" #name "\n.global report_" #name "_end\nreport_" #name \
          ":\n.incbin \"" file "\"\nreport_" #name "_end:\n.byte 0\n.popsection\n")

PART(page, REPORT_FOLDER "/page.html");
PART(style, REPORT_FOLDER "/page.css");
PART(licence, REPORT_FOLDER "/d3-licence.txt");
PART(script, REPORT_SCRIPT);
PART(library, REPORT_LIBRARY);

PagePart ReportPagePart(const char *name)
{
  static const struct {
    const char *name, *begin, *end;
  } parts[] = {{"page", report_page, report_page_end},
               {"style", report_style, report_style_end},
               {"licence", report_licence, report_licence_end},
               {"script", report_script, report_script_end},
               {"library", report_library, report_library_end}};

  for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++)
    if (!strcmp(parts[k].name, name)) return (PagePart){parts[k].begin, (size_t)(parts[k].end - parts[k].begin)};
  return (PagePart){"", 0};
}
