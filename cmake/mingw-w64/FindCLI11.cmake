include(openbar_headers_of_debian)
openbar_headers_of_debian(CLI CLI11::CLI11)
set(CLI11_FOUND TRUE)
