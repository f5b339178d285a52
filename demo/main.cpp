// What `./dev demo` runs: the same two stories, on whichever cards it is given.
//
//     openbar_demo sim:edu sim:82540em
//     openbar_demo 0000:00:04.0 0000:00:05.0
//     openbar_demo 0000:00:04.0                      the first story only
//     openbar_demo --mediated 0000:00:04.0           each of its accesses is a request
#include "demo/story.hpp"

#include <cstdio>
#include <string>

int main(int count, char** arguments) {
    using openbar::demo::Access;
    const bool mediated = count > 1 && std::string(arguments[1]) == "--mediated";
    if (mediated) {
        --count;
        ++arguments;
    }
    if (count != 2 && count != 3) {
        std::fputs("usage: openbar_demo [--mediated] EDU-DEVICE [82540EM-DEVICE]\n", stderr);
        return 2;
    }
    const bool edu =
        openbar::demo::tell_edu(arguments[1], mediated ? Access::mediated : Access::best);
    const bool ethernet = count == 2 || openbar::demo::tell_ethernet(arguments[2]);
    return edu && ethernet ? 0 : 1;
}
