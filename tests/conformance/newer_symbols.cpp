// Names that glibc 2.38 and libstdc++ 13.2 gave to functions which older systems have under their old names.
#include <cstdlib>
#include <iostream>

namespace std {
// The newer library sets up the standard streams itself; with the older one this file does, by including <iostream>.
void ios_base_library_init() {}
}  // namespace std

extern "C" {
long __isoc23_strtol(const char *text, char **end, int base) { return strtol(text, end, base); }
long long __isoc23_strtoll(const char *text, char **end, int base) { return strtoll(text, end, base); }
unsigned long __isoc23_strtoul(const char *text, char **end, int base) { return strtoul(text, end, base); }
unsigned long long __isoc23_strtoull(const char *text, char **end, int base) { return strtoull(text, end, base); }
}
