# A guest that turns paging on as its job says, touches a list of addresses in four ways and notes
# what happened. It is QEMU's own translation that is asked: that of the processor.
#
# The job is put into its memory before it starts (job.hpp describes the same layout):
#   job      +0 CR4, +4 EFER, +8 CR3, +12 whether long mode, +16 number of probes, +20 done
#   probes   64-bit addresses
#   orders   a byte for each probe: bit 0 allows execution of the page's last eight bytes
#   results  for each probe: the 64-bit value read, then what reading, writing, executing, and
#            reading under SMAP raised: none (-1), a #PF's error code, or 0x1000 + a #GP's
#
# The tables map the first 4 MiB to themselves, for the supervisor.
    .set job, 0x200000
    .set probes, 0x210000
    .set orders, 0x2f0000
    .set results, 0x300000
    .set idt, 0x1e0000
    .set stack, 0x1f0000
    .set result_size, 24
    .set none, -1

    .section .multiboot, "a"
    .balign 4
    .long 0x1badb002, 0, -0x1badb002

    .text
    .code32
    .globl _start
_start:
    cli
    cld
    movl $stack, %esp
    lgdt gdt_pointer
    ljmp $8, $1f
1:  movl $16, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl job + 0, %eax
    movl %eax, %cr4
    movl $0xc0000080, %ecx
    xorl %edx, %edx
    movl job + 4, %eax
    wrmsr
    movl job + 8, %eax
    movl %eax, %cr3
    cmpl $0, job + 12
    jne to_long_mode

    .macro gate32 vector, handler
    movl $\handler, %eax
    movw %ax, idt + 8 * \vector
    movw $8, idt + 8 * \vector + 2
    movw $0x8e00, idt + 8 * \vector + 4
    shrl $16, %eax
    movw %ax, idt + 8 * \vector + 6
    .endm
    gate32 13, general_protection32
    gate32 14, page_fault32
    lidt idt_pointer
    call paging_on
    jmp run32

paging_on:
    movl %cr0, %eax
    orl $0x80010001, %eax       # PG, WP, PE
    movl %eax, %cr0
    ret

# --- 32-bit and PAE paging ---
    .macro try32 offset, instruction:vararg
    movl $none, fault
    movl %esp, resume_stack
    movl $2f, resume
    \instruction
2:  movl fault, %eax
    movl %eax, \offset(%edi)
    .endm

run32:
    xorl %ebx, %ebx
1:  cmpl job + 16, %ebx
    jae 3f
    movl probes(,%ebx,8), %esi
    imull $result_size, %ebx, %edi
    addl $results, %edi
    try32 8, call read32
    movl (%edi), %ecx           # what was read, so that writing changes nothing
    try32 12, movl %ecx, (%esi)
    testb $1, orders(%ebx)
    jz 4f
    movl %esi, %edx
    orl $0xfff, %edx
    andl $~7, %edx
    try32 16, call *%edx
4:  incl %ebx
    jmp 1b
3:  movl %cr4, %eax
    orl $1 << 21, %eax          # SMAP
    movl %eax, %cr4
    xorl %ebx, %ebx
1:  cmpl job + 16, %ebx
    jae finished
    movl probes(,%ebx,8), %esi
    imull $result_size, %ebx, %edi
    addl $results, %edi
    try32 20, movl (%esi), %eax
    incl %ebx
    jmp 1b

read32:
    movl (%esi), %eax
    movl %eax, (%edi)
    ret

general_protection32:
    popl %eax
    orl $0x1000, %eax
    jmp 1f
page_fault32:
    popl %eax
1:  movl %eax, fault
    movl resume_stack, %esp
    jmp *resume

finished:
    movl $1, job + 20
1:  hlt
    jmp 1b

# --- 4-level and 5-level paging ---
to_long_mode:
    call paging_on
    ljmp $24, $run64

    .code64
    .macro gate64 vector, handler
    movl $\handler, %eax
    movw %ax, idt + 16 * \vector
    movw $24, idt + 16 * \vector + 2
    movw $0x8e00, idt + 16 * \vector + 4
    shrl $16, %eax
    movw %ax, idt + 16 * \vector + 6
    .endm

    .macro try64 offset, instruction:vararg
    movl $none, fault
    movq %rsp, resume_stack
    movq $2f, resume
    \instruction
2:  movl fault, %eax
    movl %eax, \offset(%rdi)
    .endm

run64:
    gate64 13, general_protection64
    gate64 14, page_fault64
    lidt idt_pointer
    xorl %ebx, %ebx
1:  cmpl job + 16, %ebx
    jae 3f
    movq probes(,%rbx,8), %rsi
    imull $result_size, %ebx, %edi
    addl $results, %edi
    try64 8, call read64
    movq (%rdi), %rcx
    try64 12, movq %rcx, (%rsi)
    testb $1, orders(%rbx)
    jz 4f
    movq %rsi, %rdx
    orq $0xfff, %rdx
    andq $~7, %rdx
    try64 16, call *%rdx
4:  incl %ebx
    jmp 1b
3:  movq %cr4, %rax
    orl $1 << 21, %eax
    movq %rax, %cr4
    xorl %ebx, %ebx
1:  cmpl job + 16, %ebx
    jae 5f
    movq probes(,%rbx,8), %rsi
    imull $result_size, %ebx, %edi
    addl $results, %edi
    try64 20, movq (%rsi), %rax
    incl %ebx
    jmp 1b
5:  movl $1, job + 20
1:  hlt
    jmp 1b

read64:
    movq (%rsi), %rax
    movq %rax, (%rdi)
    ret

general_protection64:
    popq %rax
    orl $0x1000, %eax
    jmp 1f
page_fault64:
    popq %rax
1:  movl %eax, fault
    movq resume_stack, %rsp
    jmp *resume

    .data
    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9a000000ffff    # 8: code, 32 bits
    .quad 0x00cf92000000ffff    # 16: data
    .quad 0x00af9a000000ffff    # 24: code, 64 bits
gdt_pointer:
    .word 31
    .long gdt
idt_pointer:
    .word 16 * 15 - 1
    .quad idt
    .balign 8
resume:
    .quad 0
resume_stack:
    .quad 0
fault:
    .long none
